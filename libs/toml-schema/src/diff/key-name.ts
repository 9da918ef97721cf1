// Keys of these maps are the vendor's own words; only ours are camel-cased in a config.
const maps = /(^|\.)(vars|env_vars|values|labels|config|pulumi_config|parameters|build_args|inputs)$/;

/** A key of a config below another, as people write it: `vars.region`, `terraform_version`. */
export function keyBelow(key: string, name: string): string {
  const written = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return key === "" ? written : `${key}.${maps.test(key) ? name : written}`;
}

/** A path into a part of a config as people write it: `steps[0].command`. */
export function keyName(path: readonly (string | number)[]): string {
  return path.reduce<string>((key, part) => (typeof part === "number" ? `${key}[${part}]` : keyBelow(key, part)), "");
}
