import type { Renderer } from "../render-text.ts";

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const release = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** A namespace, rendered, or a failure that says what a name may be. */
export function namespaceOf(render: Renderer, text: string): string {
  const name = render.text(text, "namespace");
  if (label.test(name) && name.length <= 63) return name;
  render.refuse(
    "namespace",
    `"${shown(name)}" is no name of a namespace: lower-case letters, digits and "-", at most 63, a letter or digit at both ends`,
  );
  return "default";
}

/** The name of a Helm release, rendered, or a failure that says what a name may be. */
export function releaseNameOf(render: Renderer, text: string): string {
  const name = render.text(text, "chart_name");
  if (release.test(name) && name.length <= 53) return name;
  render.refuse(
    "chart_name",
    `"${shown(name)}" is no name of a release: lower-case letters, digits, "-" and ".", at most 53, a letter or digit at both ends`,
  );
  return "release";
}

/** A name for an object of Kubernetes of at most `longest` characters, made of any text. */
export function objectName(text: string, longest: number): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, longest)
    .replace(/-+$/, "");
  return name === "" ? "job" : name;
}

function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
