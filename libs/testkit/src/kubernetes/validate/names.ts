import type { Meta } from "../object.ts";
import type { Cause } from "../status-error.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dns1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${detail}`, field };
}

export function required(field: string, detail = ""): Cause {
  return { reason: "FieldValueRequired", message: detail === "" ? "Required value" : `Required value: ${detail}`, field };
}

export function forbiddenField(field: string, detail: string): Cause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field };
}

/** What is wrong with an object's name, its labels and its annotations. */
export function checkNames(kind: string, group: string, metadata: Meta): Cause[] {
  const { name } = metadata;
  const causes: Cause[] = [];
  const say = (detail: string): void => void causes.push(invalidValue("metadata.name", name, detail));
  if (group.startsWith("rbac.")) {
    if (/[/%]/.test(name) || name === "." || name === "..") say("may not contain '/' or '%'");
  } else if (kind === "Namespace") {
    if (!label.test(name)) say(labelText);
    if (name.length > 63) say("must be no more than 63 characters");
  } else if (kind === "Service") {
    if (!dns1035.test(name)) say(dns1035Text);
    if (name.length > 63) say("must be no more than 63 characters");
  } else {
    if (!subdomain.test(name)) say(subdomainText);
    if (name.length > 253) say("must be no more than 253 characters");
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    causes.push(...checkLabel("metadata.labels", key, value));
  }
  for (const key of Object.keys(metadata.annotations ?? {})) {
    if (!labelKey.test(key))
      causes.push(invalidValue("metadata.annotations", key, "name part must consist of alphanumeric characters, '-', '_' or '.'"));
  }
  return causes;
}

/** What is wrong with one label. */
export function checkLabel(field: string, key: string, value: unknown): Cause[] {
  const causes: Cause[] = [];
  if (!labelKey.test(key)) causes.push(invalidValue(field, key, "name part must consist of alphanumeric characters, '-', '_' or '.'"));
  const text = String(value);
  if (text.length > 63) causes.push(invalidValue(field, value, "must be no more than 63 characters"));
  else if (!labelValue.test(text)) {
    const detail =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    causes.push(invalidValue(field, value, detail));
  }
  return causes;
}

export function isLabelName(name: string): boolean {
  return label.test(name) && name.length <= 63;
}
