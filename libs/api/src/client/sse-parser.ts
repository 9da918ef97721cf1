/** One event of a stream as it came: `data` is still text. */
export type RawEvent = { id?: string; event: string; data: string };

/**
 * Takes the text of an event stream in any pieces and gives the events that are complete. Comments are dropped.
 * @param maxChars more than this without the end of an event is refused
 */
export function createSseParser(maxChars = 32 * 1024 * 1024): (piece: string) => RawEvent[] {
  let rest = "";
  let id: string | undefined;
  let event = "message";
  let data: string[] = [];
  let size = 0;

  function line(content: string): RawEvent | undefined {
    if (content === "") {
      const done = data.length > 0 ? { ...(id === undefined ? {} : { id }), event, data: data.join("\n") } : undefined;
      event = "message";
      data = [];
      size = 0;
      return done;
    }
    if (content.startsWith(":")) return undefined;
    const colon = content.indexOf(":");
    const field = colon < 0 ? content : content.slice(0, colon);
    const value = colon < 0 ? "" : content.slice(colon + (content[colon + 1] === " " ? 2 : 1));
    if (field === "id") id = value;
    else if (field === "event") event = value;
    else if (field === "data") data.push(value);
    size += content.length;
    return undefined;
  }

  return (piece) => {
    rest += piece;
    const events: RawEvent[] = [];
    // A piece that ends in CR may be the first half of CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const content of lines) {
      const done = line(content);
      if (done) events.push(done);
    }
    if (size + rest.length > maxChars) throw new Error(`An event of the stream is larger than ${maxChars} characters`);
    return events;
  };
}
