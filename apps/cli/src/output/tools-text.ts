/** The programs a runner told of: `helm 3.19.0, kubectl 1.34.1`, `none`, or `-` where it has never connected. */
export function toolsText(tools: Readonly<Record<string, string>> | undefined): string {
  if (!tools) return "-";
  const words = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  return words.length === 0 ? "none" : words.join(", ");
}
