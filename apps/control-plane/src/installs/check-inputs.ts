import { AppError } from "@berth/kit/errors";
import type { AppConfig, InputDefinition } from "@berth/toml-schema/app-config";

export type InputProblem = { input: string; message: string };

/** Input values split by whether they are kept in the clear. Defaults are filled in. */
export type CheckedInputs = { plain: Record<string, unknown>; sensitive: Record<string, unknown> };

const maxValueBytes = 64 * 1024;

/**
 * Checks input values against what an app config asks for.
 * @param input.given values by name; `null` stands for "not given". Text is parsed to the input's type
 * @param input.ignoreUnknown values that the config does not know are left out instead of refused
 * @throws AppError `invalid_inputs` with all problems at once
 */
export function checkInputs(input: {
  config: Pick<AppConfig, "inputs">;
  given: Readonly<Record<string, unknown>>;
  ignoreUnknown?: boolean;
  /** Who asks for them: `The app` where it is left out. */
  owner?: string;
}): CheckedInputs {
  const { inputs } = input.config.inputs;
  const problems: InputProblem[] = [];
  const checked: CheckedInputs = { plain: {}, sensitive: {} };
  const names = new Set(inputs.map(({ name }) => name));
  for (const name of Object.keys(input.given)) {
    if (names.has(name) || input.ignoreUnknown) continue;
    const known = names.size === 0 ? "it has none" : `it has ${[...names].join(", ")}`;
    problems.push({ input: name, message: `${input.owner ?? "The app"} has no input "${name}"; ${known}` });
  }
  for (const definition of inputs) {
    const given = Object.hasOwn(input.given, definition.name) ? input.given[definition.name] : undefined;
    const value = given ?? definition.default;
    if (value === undefined || (value === "" && definition.required)) {
      if (definition.required)
        problems.push({ input: definition.name, message: `Input "${definition.name}" (${definition.displayName}) is required` });
      continue;
    }
    const parsed = parseInput(definition, value);
    if ("problem" in parsed) problems.push({ input: definition.name, message: `Input "${definition.name}" ${parsed.problem}` });
    else (definition.sensitive ? checked.sensitive : checked.plain)[definition.name] = parsed.value;
  }
  if (problems.length === 0) return checked;
  throw new AppError("invalid_inputs", problems.map(({ message }) => message).join(". "), { problems });
}

/** The value in its input's type. A problem never quotes the value: it may be a secret. */
function parseInput(definition: InputDefinition, value: unknown): { value: unknown } | { problem: string } {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined || Buffer.byteLength(text) > maxValueBytes) return { problem: `is longer than ${maxValueBytes} bytes` };
  return parsers[definition.type](value, text);
}

type Parse = (value: unknown, text: string) => { value: unknown } | { problem: string };

const asText: Parse = (value, text) => (typeof value === "object" ? { problem: "must be a text" } : { value: text });

const asJson: Parse = (value, text) => {
  if (typeof value !== "string") return { value };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: "must be JSON" };
  }
};

/** Numbers and booleans stay texts: templates in the field compare them with texts. Lists and JSON are values. */
const parsers: Readonly<Record<InputDefinition["type"], Parse>> = {
  string: asText,
  yaml: asText,
  hcl: asText,
  number: (_value, text) =>
    text.trim() !== "" && Number.isFinite(Number(text)) ? { value: text.trim() } : { problem: "must be a number" },
  bool: (_value, text) => (text === "true" || text === "false" ? { value: text } : { problem: "must be true or false" }),
  json: asJson,
  list(value, text) {
    if (Array.isArray(value)) return { value };
    if (!text.trimStart().startsWith("[")) {
      const items = text.split(",").map((item) => item.trim());
      return { value: items.filter((item) => item !== "") };
    }
    const parsed = asJson(value, text);
    return "problem" in parsed || Array.isArray(parsed.value) ? parsed : { problem: "must be a list" };
  },
};
