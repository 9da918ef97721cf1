/** One entry of a tar archive as Berth writes it: owner 0, time 0, mode fixed by kind. */
export type TarEntry =
  | { kind: "file"; path: string; size: number; executable: boolean }
  | { kind: "directory"; path: string }
  | { kind: "link"; path: string; target: string };

const block = 512;
const octalSizeLimit = 8 ** 11;

/** The zero bytes that fill the last block of `size` bytes. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** Two zero blocks: the end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/**
 * The header blocks of an entry: ustar, with a pax header before it where a name is not ASCII or too long, or a file has 8 GiB or more.
 * The bytes depend on nothing but the entry.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const name = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.kind === "link" ? entry.target : "";
  const size = entry.kind === "file" ? entry.size : 0;
  const records: string[] = [];
  if (!fits(name)) records.push(paxRecord("path", name));
  if (!fits(target)) records.push(paxRecord("linkpath", target));
  if (size >= octalSizeLimit) records.push(paxRecord("size", String(size)));
  const main = ustar({
    name: fits(name) ? name : "long-name",
    target: fits(target) ? target : "long-target",
    size: size >= octalSizeLimit ? 0 : size,
    mode: entry.kind === "file" && !entry.executable ? 0o644 : 0o755,
    type: { file: "0", link: "2", directory: "5" }[entry.kind],
  });
  if (records.length === 0) return main;
  const body = Buffer.from(records.join(""));
  return Buffer.concat([
    ustar({ name: "PaxHeader", target: "", size: body.length, mode: 0o644, type: "x" }),
    body,
    tarPadding(body.length),
    main,
  ]);
}

function fits(name: string): boolean {
  return name.length <= 100 && /^[\x20-\x7e]*$/.test(name);
}

/** `<length> key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length += 1;
  return `${length}${rest}`;
}

function ustar(fields: { name: string; target: string; size: number; mode: number; type: string }): Buffer {
  const out = Buffer.alloc(block);
  out.write(fields.name, 0, "latin1");
  out.write(octal(fields.mode, 7), 100, "latin1");
  out.write(octal(0, 7), 108, "latin1");
  out.write(octal(0, 7), 116, "latin1");
  out.write(octal(fields.size, 11), 124, "latin1");
  out.write(octal(0, 11), 136, "latin1");
  out.write("        ", 148, "latin1");
  out.write(fields.type, 156, "latin1");
  out.write(fields.target, 157, "latin1");
  out.write("ustar\x0000", 257, "latin1");
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return out;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, "0")}\0`;
}
