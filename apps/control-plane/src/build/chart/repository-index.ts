import { AppError } from "@berth/kit/errors";
import { parse } from "yaml";
import { z } from "zod";

/** One version of a chart in a Helm repository's index. `digest` is that of the archive, where the index tells it. */
export type IndexEntry = { version: string; urls: string[]; digest?: string | undefined };

const entry = z.looseObject({
  version: z.union([z.string(), z.number()]).transform(String),
  urls: z.array(z.string()).min(1),
  digest: z.string().nullish(),
});

/** Largest part of an index about one chart, in characters. */
const entriesLimit = 16 * 1024 * 1024;
/** An index that is not written as Helm writes it is parsed whole up to this size. */
const wholeLimit = 4 * 1024 * 1024;

/**
 * The versions of a chart that an `index.yaml` lists. Indexes reach tens of megabytes: only the lines about the chart are parsed.
 * @throws AppError `unprocessable` where the chart is not in it, naming others, or where it is no index
 */
export function readIndex(text: string, chart: string, where: string): IndexEntry[] {
  const { entries, charts } = text.trimStart().startsWith("{") ? wholeIndex(text, chart, where) : cutIndex(text, chart, where);
  if (entries === undefined) {
    const others =
      charts.length === 0
        ? "it has no charts"
        : `it has ${charts.slice(0, 10).join(", ")}${charts.length > 10 ? ` and ${charts.length - 10} more` : ""}`;
    throw new AppError("unprocessable", `${where} has no chart ${JSON.stringify(chart.slice(0, 100))}; ${others}`);
  }
  return entries.flatMap((one) => {
    const parsed = entry.safeParse(one);
    if (!parsed.success) return [];
    const { version, urls, digest } = parsed.data;
    return [{ version, urls, digest: digest?.replace(/^sha256:/, "").toLowerCase() || undefined }];
  });
}

type Found = { entries: unknown[] | undefined; charts: string[] };

/** Cuts the chart's block out of the lines below `entries:`. */
function cutIndex(text: string, chart: string, where: string): Found {
  const start = /^entries:[ \t]*\r?$/m.exec(text);
  if (!start) return wholeIndex(text, chart, where);
  const charts: string[] = [];
  let indent: number | undefined;
  let block: [number, number] | undefined;
  let inside = false;
  for (let at = text.indexOf("\n", start.index) + 1; at > 0 && at < text.length;) {
    const next = text.indexOf("\n", at);
    const end = next < 0 ? text.length : next;
    const line = /^( *)(?:"([^"\\]+)"|'([^']+)'|([^\s#"'&*!|>%@`{}[\],:-][^:]*)):[ \t]*\r?$/.exec(text.slice(at, Math.min(end, at + 500)));
    const first = text[at];
    if (first !== " " && first !== "-" && first !== "#" && first !== "\r" && end > at) break;
    if (line && (indent === undefined || line[1]!.length === indent) && line[1]!.length > 0) {
      indent = line[1]!.length;
      const name = line[2] ?? line[3] ?? line[4] ?? "";
      charts.push(name);
      inside = name === chart;
      if (inside) block = [end + 1, end + 1];
    } else if (inside && block) block[1] = end;
    if (next < 0) break;
    at = next + 1;
  }
  if (!block) return charts.length > 0 ? { entries: undefined, charts } : wholeIndex(text, chart, where);
  if (block[1] - block[0] > entriesLimit)
    throw new AppError("too_large", `${where} has more than ${entriesLimit} characters about one chart`);
  try {
    return { entries: asList(parseYaml(text.slice(block[0], block[1]).replaceAll("\r\n", "\n").replace(/\r$/, ""), where)), charts };
  } catch (error) {
    // It may refer to an anchor elsewhere.
    if (text.length <= wholeLimit) return wholeIndex(text, chart, where);
    throw error;
  }
}

function wholeIndex(text: string, chart: string, where: string): Found {
  if (text.length > wholeLimit)
    throw new AppError("too_large", `${where} is not written as Helm writes it, and too large to be read whole`);
  const parsed = z.looseObject({ entries: z.record(z.string(), z.unknown()).nullish() }).safeParse(parseYaml(text, where));
  if (!parsed.success || parsed.data.entries === undefined)
    throw new AppError("unprocessable", `${where} is no index of a Helm repository`);
  const entries = parsed.data.entries ?? {};
  return { entries: Object.hasOwn(entries, chart) ? asList(entries[chart]) : undefined, charts: Object.keys(entries) };
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function parseYaml(text: string, where: string): unknown {
  try {
    return text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw new AppError("unprocessable", `${where} is not valid YAML: ${(error as Error).message.split("\n")[0]?.slice(0, 300)}`);
  }
}
