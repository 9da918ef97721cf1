import type { Failure } from "@berth/protocol/job-result";
import { TemplateError } from "@berth/template/errors";
import { compile, render } from "@berth/template/template";
import { isTemplate } from "@berth/toml-schema/references/is-template";
import { scanText } from "@berth/toml-schema/references/scan";
import { renderSensitive } from "./render-sensitive.ts";

/** Renders the texts of one config entity; the first that fails is kept, with the field it stands in. */
export type Renderer = {
  text(value: string, field: string): string;
  map(values: Readonly<Record<string, string>>, field: string): Record<string, string>;
  /** Keeps that a field, rendered as it may be, can't be used. */
  refuse(field: string, why: string): void;
  /** Keeps a failure that has its own words for where it comes from. */
  fail(failure: Failure): void;
  failure(): Failure | undefined;
  /** What was made of sensitive values on the way, and must be kept out of logs as they must. */
  derived(): string[];
  /** A text for people without what is sensitive. */
  hide(text: string): string;
};

/** What of the values that texts are rendered with is sensitive. */
export type Sensitive = {
  /** The tree, and the runbook's inputs, with other values in the place of those that are sensitive. */
  standIns: Record<string, unknown>;
  runbookInputs?: Record<string, unknown>;
  texts: readonly string[];
};

/**
 * @param input.where the entity, for people: `component "db" (components/db.toml)`
 * @param input.tree what `.nuon` and its alias `.berth` are
 * @param input.runbookInputs what `.runbook_inputs` is, in the texts of a runbook
 */
export function createRenderer(input: {
  where: string;
  tree: Record<string, unknown>;
  now: Date;
  runbookInputs?: Record<string, unknown>;
  sensitive?: Sensitive;
}): Renderer {
  const { sensitive, now } = input;
  const data = dataOf(input.tree, input.runbookInputs);
  const standIns = sensitive && dataOf(sensitive.standIns, sensitive.runbookInputs ?? input.runbookInputs);
  const derived = new Set<string>();
  let failure: Failure | undefined;

  function text(value: string, field: string): string {
    // Braces of other programs, as in a script, stay as they are.
    if (!isTemplate(value)) return value;
    try {
      const template = compile(value);
      if (!standIns || sensitive.texts.length === 0) return render(template, data, { now });
      const rendered = renderSensitive(template, { data, standIns, now });
      for (const piece of rendered.derived) derived.add(piece);
      return rendered.text;
    } catch (error) {
      failure ??= templateFailure(error, {
        field: `${field} of ${input.where}`,
        hint: `${undeployed(value, input.tree)}${untold(value, input.tree)}`,
      });
      return "";
    }
  }
  const hide = (shown: string): string => hideTexts(shown, [...(sensitive?.texts ?? []), ...derived]);

  return {
    text,
    hide,
    derived() {
      if (derived.size === 0) return [];
      // What everybody may read is no secret, also where a secret decides whether it is printed.
      const open = leavesOf([sensitive?.standIns, sensitive?.runbookInputs]);
      return [...derived].filter((piece) => !open.has(piece));
    },
    map: (values, field) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value, `${field}.${name}`)])),
    refuse: (field, why) => void (failure ??= { reason: "spec_invalid", detail: `${field} of ${input.where}: ${hide(why)}` }),
    fail: (found) => void (failure ??= found),
    failure: () => failure,
  };
}

function dataOf(tree: Record<string, unknown>, runbookInputs: Record<string, unknown> | undefined): Record<string, unknown> {
  return { nuon: tree, berth: tree, ...(runbookInputs === undefined ? {} : { runbook_inputs: runbookInputs }) };
}

/** The texts and numbers in a tree, as they are printed. */
function leavesOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === "string" || typeof value === "number") found.add(String(value));
  else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) leavesOf(inner, found);
  return found;
}

/** A text without these in it. The longest first: a shorter one may be a part of it. */
export function hideTexts(shown: string, texts: readonly string[]): string {
  return texts
    .filter((text) => text.length >= shortest)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, text) => rest.replaceAll(text, "[redacted]"), shown);
}

const shortest = 3;

/** Names the components a text reads that are not there yet: the usual reason why a path leads nowhere. */
function undeployed(text: string, tree: Record<string, unknown>): string {
  const components = isRecord(tree["components"]) ? tree["components"] : {};
  const names = (scanText(text, [])?.found ?? []).flatMap(({ reference: { kind, name } }) =>
    kind === "component" && name !== "*" ? [name] : [],
  );
  const missing = [...new Set(names)].filter((name) => {
    const component = components[name];
    return !isRecord(component) || component["status"] !== "active";
  });
  if (missing.length === 0) return "";
  const [what, does] = missing.length === 1 ? ["Component", "is"] : ["Components", "are"];
  return `\n${what} ${missing.map((name) => `"${name}"`).join(", ")} ${does} not deployed to this install: deploy ${missing.length === 1 ? "it" : "them"} first.`;
}

/** Names the outputs of the customer's stack that a text reads and nobody has told. */
function untold(text: string, tree: Record<string, unknown>): string {
  const stack = isRecord(tree["install_stack"]) && isRecord(tree["install_stack"]["outputs"]) ? tree["install_stack"]["outputs"] : {};
  const names = (scanText(text, [])?.found ?? []).flatMap(({ reference: { kind, name } }) =>
    kind === "stack" && name !== "" ? [name] : [],
  );
  const missing = [...new Set(names)].filter((name) => name !== "*" && !Object.hasOwn(stack, name));
  if (missing.length === 0) return "";
  const given = missing.map((name) => `${name}=…`).join(" ");
  return `\nThe install does not know what the stack in the customer's account has put out: berth installs stack <install> ${given}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says which field, where in it, and what the values on the way were: their types and keys, never their content. */
function templateFailure(error: unknown, input: { field: string; hint: string }): Failure {
  if (!(error instanceof TemplateError)) throw error;
  const chain = (error.chain ?? []).map((link) => `${link.expression} is ${link.value}`);
  const detail = [`${input.field}, line ${error.line}, column ${error.column}: ${error.message}`, ...chain].join("\n  ");
  return { reason: "template_failed", detail: `${detail.slice(0, 15_000)}${input.hint.slice(0, 1000)}` };
}
