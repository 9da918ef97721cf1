import { linesOf, planLimits } from "./read.ts";

/** The JSON lines of a plan as one JSON object, `{…header, "objects": […]}`, made on the way: no line is parsed, and one is held at a time. */
export async function* planAsJson(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let number = 0;
  for await (const line of linesOf(source, planLimits)) {
    // The header is an object with members: its closing brace makes way for one more.
    if (number === 0) yield `${line.trimEnd().slice(0, -1)},"objects":[`;
    else yield number === 1 ? line : `,${line}`;
    number++;
  }
  yield number === 0 ? '{"objects":[]}' : "]}";
}
