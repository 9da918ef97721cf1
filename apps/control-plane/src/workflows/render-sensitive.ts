import { TemplateError } from "@berth/template/errors";
import { render, type Template } from "@berth/template/template";

/** What a template is rendered with, and what tells which of it is sensitive. */
export type Sources = { data: unknown; standIns: unknown; now: Date };

/** What says nothing of a secret, and stands everywhere. */
const says = /^(?:true|false|null|[^\p{L}\p{N}]*)$/iu;

/**
 * Renders a template, and tells the pieces of the result that were made of sensitive values: encoded, cut, hashed or put together, they are not those values any
 * more, and just as secret. Such a piece is what an action prints otherwise where other values stand in the place of the sensitive ones.
 * @throws TemplateError that holds nothing of a sensitive value
 */
export function renderSensitive(template: Template, { data, standIns, now }: Sources): { text: string; derived: string[] } {
  const printed: [pos: number, piece: string][] = [];
  const options = { now, trace: (piece: string, pos: number) => void printed.push([pos, piece]) };
  let text: string;
  try {
    text = render(template, data, options);
  } catch (error) {
    throw error instanceof TemplateError ? withoutValues(error, template, { data, standIns, now }) : error;
  }
  const open = new Set<string>();
  try {
    render(template, standIns, { now, trace: (piece, pos) => void open.add(`${pos} ${piece}`) });
  } catch (error) {
    // A function could not read what stands in: what was printed until then is known to be open, and nothing after it.
    if (!(error instanceof TemplateError)) throw error;
  }
  const derived = printed.filter(([pos, piece]) => !says.test(piece) && !open.has(`${pos} ${piece}`)).map(([, piece]) => piece);
  return { text, derived: [...new Set(derived)] };
}

/** An error may quote the value that a function can't work with. It is told of what stands in, where that fails in the same way. */
function withoutValues(error: TemplateError, template: Template, { standIns, now }: Sources): TemplateError {
  try {
    render(template, standIns, { now });
  } catch (other) {
    if (!(other instanceof TemplateError)) throw other;
    if (other.message === error.message) return error;
  }
  const { line, column, chain } = error;
  const message = "It can't work with a value that is sensitive, which is why it is not said here what is wrong with it.";
  return new TemplateError(error.code, message, { line, column }, chain ? { chain } : {});
}
