/** How variables reach Terraform: as environment, as files in order, and what has to stand on the plan's command line. */
export type VarInput = {
  /** `TF_VAR_…` */
  env: Record<string, string>;
  /** Files to write, in the order in which they are given. */
  files: { name: string; contents: string }[];
  /** Arguments of `plan`, in order; passed by environment, since a command line can be read by everybody on the machine. */
  planArgs: string[];
};

// Linux takes at most 128 KiB for one string of the environment.
const longestEnv = 96 * 1024;

/**
 * Arranges variables so that text means to them what it means in `TF_VAR_name`: as it is for a string, number or bool, parsed for anything else.
 * A variable that a var file may set too is given again after the files, because Terraform puts the environment last in importance.
 * @param input.ownFiles contents of the module's own `terraform.tfvars` and `*.auto.tfvars`
 */
export function arrangeVars(input: { vars: Record<string, unknown>; varFiles: readonly string[]; ownFiles: readonly string[] }): VarInput {
  const out: VarInput = { env: {}, files: [], planArgs: [] };
  for (const [index, contents] of input.varFiles.entries()) {
    const name = `vars-${index + 1}.tfvars${isJsonObject(contents) ? ".json" : ""}`;
    out.files.push({ name, contents });
    out.planArgs.push(`-var-file=${name}`);
  }
  const files = [...input.varFiles, ...input.ownFiles];
  const large: Record<string, unknown> = {};
  let total = 0;
  for (const [name, value] of Object.entries(input.vars)) {
    if (value === undefined) continue;
    const text = textOf(value);
    if (Buffer.byteLength(text) > longestEnv) {
      large[name] = typeof value === "string" ? (parseStructure(value) ?? value) : value;
      continue;
    }
    out.env[`TF_VAR_${name}`] = text;
    if (!files.some((contents) => mentions(contents, name))) continue;
    total += Buffer.byteLength(text);
    if (total > longestEnv) large[name] = typeof value === "string" ? (parseStructure(value) ?? value) : value;
    else out.planArgs.push(`-var=${name}=${text}`);
  }
  if (Object.keys(large).length > 0) {
    out.files.push({ name: "vars-large.tfvars.json", contents: JSON.stringify(large) });
    out.planArgs.push("-var-file=vars-large.tfvars.json");
  }
  return out;
}

/** Arguments as the value of `TF_CLI_ARGS_plan`, where Terraform splits them like a shell does: single quotes keep everything. */
export function quoteArgs(args: readonly string[]): string {
  return args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** A value that is not text goes as JSON, which is HCL too once its template markers are escaped. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const json = JSON.stringify(value);
  return typeof value === "object" && value !== null ? json.replace(/[$%](?=\{)/g, (sign) => sign + sign) : json;
}

function parseStructure(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isJsonObject(text: string): boolean {
  return text.trimStart().startsWith("{");
}

/** Whether a var file may set the variable. To say yes too often does no harm. */
function mentions(contents: string, name: string): boolean {
  return new RegExp(`(^|[\\s{,])"?${name.replace(/[^\w-]/g, "\\$&")}"?\\s*[=:]`).test(contents);
}
