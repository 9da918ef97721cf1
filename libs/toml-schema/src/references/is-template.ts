const roots = [".nuon", ".berth", ".runbook_inputs"];

/**
 * Whether a text is to be rendered: one of its actions reads our tree. Other text with `{{` in it (a script that formats the output of another program,
 * a chart) stays as it is.
 */
export function isTemplate(text: string): boolean {
  for (let start = text.indexOf("{{"); start !== -1;) {
    const end = text.indexOf("}}", start);
    const body = end === -1 ? text.slice(start) : text.slice(start, end);
    if (roots.some((root) => body.includes(root))) return true;
    if (end === -1) return false;
    start = text.indexOf("{{", end);
  }
  return false;
}
