import type { Failure } from "@berth/protocol/job-result";
import { TemplateError } from "@berth/template/errors";
import { compile, render } from "@berth/template/template";
import { isTemplate } from "@berth/toml-schema/references/is-template";

/** Renders the texts of one config entity; the first that fails is kept, with the field it stands in. */
export type Renderer = {
  text(value: string, field: string): string;
  map(values: Readonly<Record<string, string>>, field: string): Record<string, string>;
  failure(): Failure | undefined;
};

/**
 * @param input.where the entity, for people: `component "db" (components/db.toml)`
 * @param input.tree what `.nuon` and its alias `.berth` are
 */
export function createRenderer(input: { where: string; tree: Record<string, unknown>; now: Date }): Renderer {
  const data = { nuon: input.tree, berth: input.tree };
  let failure: Failure | undefined;

  function text(value: string, field: string): string {
    // Braces of other programs, as in a script, stay as they are.
    if (!isTemplate(value)) return value;
    try {
      return render(compile(value), data, { now: input.now });
    } catch (error) {
      failure ??= templateFailure(error, `${field} of ${input.where}`);
      return "";
    }
  }
  return {
    text,
    map: (values, field) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value, `${field}.${name}`)])),
    failure: () => failure,
  };
}

/** Says which field, where in it, and what the values on the way were: their types and keys, never their content. */
function templateFailure(error: unknown, field: string): Failure {
  if (!(error instanceof TemplateError)) throw error;
  const chain = (error.chain ?? []).map((link) => `${link.expression} is ${link.value}`);
  const detail = [`${field}, line ${error.line}, column ${error.column}: ${error.message}`, ...chain].join("\n  ");
  return { reason: "template_failed", detail: detail.slice(0, 16_000) };
}
