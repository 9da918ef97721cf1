import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions } from "yaml";

const yes = new Set(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]);
const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const mostWhole = 2n ** 64n;

const truth: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/,
  resolve: (text) => yes.has(text),
};
const number: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^[-+.\d][\w.+-]*$/,
  resolve: (text) => numberOf(text) ?? text,
};
const notFinite: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve(text, refuse) {
    refuse(`${text} is no number that JSON knows`);
    return text;
  },
};

/**
 * YAML as the programs of Kubernetes and Helm read it: `yes`, `on` and `y` are true, `017` is 15, `1_000` is 1000; dates and `22:30` stay text, though YAML 1.1
 * would make something else of them. Where a key is there twice, the last one counts.
 */
export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  schema: "failsafe",
  merge: true,
  uniqueKeys: false,
  customTags: ["null", "merge", truth, notFinite, number],
};

/** A number with Go's prefixes (`0x`, `0o`, `0b`, a leading 0 for octal) and underscores, or undefined where the text is none. */
function numberOf(text: string): number | undefined {
  // What begins with a point is read by Go's own rule: underscores stand between digits only.
  const plain = text.startsWith(".") ? text.replaceAll(/(?<=\d)_(?=\d)/g, "") : text.replaceAll("_", "");
  const whole = wholeOf(plain);
  if (whole !== undefined) return whole;
  const value = float.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function wholeOf(plain: string): number | undefined {
  // A sign behind the prefix is read as well: a text of two slips, but that is what the programs do.
  const binary = /^0b([-+])([01]{1,63})$/.exec(plain);
  if (binary) return Number(`${binary[1] === "-" ? "-" : ""}${BigInt(`0b${binary[2]}`)}`);
  const match = /^([-+]?)(?:(0x[0-9a-f]+|0b[01]+)|0o?([0-7]+))$/i.exec(plain);
  if (!match) return undefined;
  const [, sign, prefixed, octal] = match;
  const value = BigInt(prefixed ?? `0o${octal}`);
  if (value >= mostWhole) return undefined;
  return sign === "-" ? -Number(value) : Number(value);
}
