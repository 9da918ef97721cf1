import type { KubeObject } from "../object.ts";
import { badRequest } from "../status-error.ts";
import { at } from "../tree.ts";

/** Reads `metadata.name=x,status.phase!=Running`. @throws StatusError 400 */
export function readFieldSelector(text: string): (object: KubeObject) => boolean {
  const tests = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const found = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(part);
      if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [path = "", operator = "", value = ""] = found.slice(1);
      return (object: KubeObject): boolean => {
        const is = at(object, ...path.split("."));
        const printed = typeof is === "string" || typeof is === "number" || typeof is === "boolean" ? String(is) : "";
        return (printed === value) === (operator !== "!=");
      };
    });
  return (object) => tests.every((test) => test(object));
}
