import type { Cause } from "../status-error.ts";
import { numberAt, textAt, treesAt, type Tree } from "../tree.ts";
import { invalidValue, isLabelName, required } from "./names.ts";

/** What is wrong with a pod spec at a path. */
export function checkPodSpec(spec: Tree, path: string): Cause[] {
  const causes: Cause[] = [];
  if (treesAt(spec, "containers").length === 0) causes.push(required(`${path}.containers`));
  const volumes = new Set(treesAt(spec, "volumes").map((volume) => textAt(volume, "name")));
  for (const list of ["containers", "initContainers"]) {
    const seen = new Set<string>();
    for (const [index, container] of treesAt(spec, list).entries()) {
      const at = `${path}.${list}[${index}]`;
      const name = textAt(container, "name");
      if (name === "") causes.push(required(`${at}.name`));
      else if (!isLabelName(name))
        causes.push(
          invalidValue(`${at}.name`, name, "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'"),
        );
      if (seen.has(name))
        causes.push({ reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify(name)}`, field: `${at}.name` });
      seen.add(name);
      if (textAt(container, "image") === "") causes.push(required(`${at}.image`));
      for (const [mount, volume] of treesAt(container, "volumeMounts").entries()) {
        const wanted = textAt(volume, "name");
        if (!volumes.has(wanted))
          causes.push({
            reason: "FieldValueNotFound",
            message: `Not found: ${JSON.stringify(wanted)}`,
            field: `${at}.volumeMounts[${mount}].name`,
          });
      }
      for (const [index, port] of treesAt(container, "ports").entries())
        causes.push(...checkPort(numberAt(port, "containerPort"), `${at}.ports[${index}].containerPort`));
    }
  }
  return causes;
}

/** What is wrong with a port number. */
export function checkPort(port: number | undefined, field: string): Cause[] {
  if (port === undefined) return [required(field)];
  return port >= 1 && port <= 65_535 ? [] : [invalidValue(field, port, "must be between 1 and 65535, inclusive")];
}
