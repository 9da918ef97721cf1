/** What a registry asks for in `WWW-Authenticate`. */
export type Challenge = { scheme: "basic" } | { scheme: "bearer"; realm: string; service?: string; scope?: string };

/** Reads a `WWW-Authenticate` header; a Bearer challenge wins over a Basic one. Undefined where neither can be answered. */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = /(?:^|[\s,])bearer\s+/i.exec(header);
  if (bearer) {
    const parameters = readParameters(header, bearer.index + bearer[0].length);
    const realm = parameters.get("realm");
    const service = parameters.get("service");
    const scope = parameters.get("scope");
    if (realm) return { scheme: "bearer", realm, ...(service && { service }), ...(scope && { scope }) };
  }
  return /(?:^|[\s,])basic(?:\s|$|,)/i.test(header) ? { scheme: "basic" } : undefined;
}

function readParameters(header: string, from: number): Map<string, string> {
  const pattern = /[\s,]*([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))/y;
  pattern.lastIndex = from;
  const found = new Map<string, string>();
  for (let match = pattern.exec(header); match; match = pattern.exec(header)) {
    found.set((match[1] ?? "").toLowerCase(), match[2] ?? match[3] ?? "");
  }
  return found;
}
