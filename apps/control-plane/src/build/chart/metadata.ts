import { AppError } from "@berth/kit/errors";
import { isVersion } from "@berth/template/functions/semver";
import { parse } from "yaml";
import { z } from "zod";

/** Numbers and booleans are taken as the text they stand for, as Helm does. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const texts = z.array(text).nullish();

const dependency = z.looseObject({
  name: text.pipe(z.string().min(1)),
  version: text.nullish(),
  repository: text.nullish(),
  condition: text.nullish(),
  tags: texts,
  enabled: z.boolean().nullish(),
  "import-values": z.array(z.unknown()).nullish(),
  alias: text.nullish(),
});

const dependencies = z.array(dependency).max(200).nullish();

const metadata = z.looseObject({
  apiVersion: text.pipe(z.enum(["v1", "v2"])),
  name: text,
  version: text,
  kubeVersion: text.nullish(),
  description: text.nullish(),
  type: text.nullish(),
  keywords: texts,
  home: text.nullish(),
  sources: texts,
  dependencies,
  maintainers: z.array(z.looseObject({ name: text.nullish(), email: text.nullish(), url: text.nullish() })).nullish(),
  icon: text.nullish(),
  appVersion: text.nullish(),
  deprecated: z.boolean().nullish(),
  annotations: z.record(z.string(), text).nullish(),
  condition: text.nullish(),
  tags: text.nullish(),
});

const lock = z.looseObject({ dependencies });

export type ChartDependency = z.infer<typeof dependency>;
/** What Chart.yaml says. */
export type ChartMetadata = z.infer<typeof metadata>;

/** The largest Chart.yaml, requirements.yaml or lock file that is read, in bytes. */
export const metadataBytes = 1024 * 1024;

/**
 * Reads a Chart.yaml.
 * @param where the file, for messages
 * @throws AppError `unprocessable` that says what is wrong: no YAML, a missing or wrong field, a name that is no file name, a version that is none
 */
export function parseChartMetadata(source: string, where: string): ChartMetadata {
  const found = parseAs(metadata, source, where);
  const refuse = (why: string): AppError => new AppError("unprocessable", `${where}: ${why}`);
  // The name becomes a directory and a file: nothing that leads elsewhere, and nothing that a registry or a release can't carry.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/.test(found.name))
    throw refuse(
      `name ${JSON.stringify(found.name.slice(0, 100))} is not the name of a chart: letters, digits, ".", "_" and "-", a letter or digit first`,
    );
  if (!isVersion(found.version))
    throw refuse(`version ${JSON.stringify(found.version.slice(0, 100))} is not a semantic version such as 1.2.3`);
  const type = found.type ?? "application";
  if (type !== "application" && type !== "library" && type !== "")
    throw refuse(`type ${JSON.stringify(type.slice(0, 100))} is neither application nor library`);
  return found;
}

/** The dependencies of a `requirements.yaml`, a `Chart.lock` or a `requirements.lock`. @throws AppError `unprocessable` */
export function parseDependencies(source: string, where: string): ChartDependency[] {
  return parseAs(lock, source, where).dependencies ?? [];
}

function parseAs<T>(schema: z.ZodType<T>, source: string, where: string): T {
  let value: unknown;
  try {
    value = parse(source, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw new AppError("unprocessable", `${where} is not valid YAML: ${(error as Error).message.split("\n")[0]?.slice(0, 300)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message));
  throw new AppError("unprocessable", `${where} is not valid: ${issues.join("; ")}`);
}
