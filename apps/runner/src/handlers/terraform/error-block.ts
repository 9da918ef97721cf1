const limit = 15_000;

/**
 * What Terraform says went wrong: its error boxes without their frames, otherwise everything from the first `Error:` line, otherwise the end of the output.
 * @param output the last part of what it printed
 */
export function errorBlock(output: string): string {
  const boxes: string[] = [];
  let box: string[] | undefined;
  for (const line of output.split(/\r?\n/)) {
    if (line.startsWith("╷")) box = [];
    else if (line.startsWith("╵")) {
      if (box?.some((inner) => inner.startsWith("Error:"))) boxes.push(box.join("\n").trim());
      box = undefined;
    } else if (box) box.push(line.replace(/^│ ?/, ""));
  }
  if (boxes.length > 0) return cap(boxes.join("\n\n"));
  const from = output.search(/^Error:/m);
  return from >= 0 ? cap(output.slice(from).trim()) : cap(output.trim().split("\n").slice(-20).join("\n"));
}

function cap(text: string): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}\n… (shortened; the log has it all)`;
}
