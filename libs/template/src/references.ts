import { lineAndColumn } from "./syntax/position.ts";
import type { Node, Operand, Pipe } from "./syntax/ast.ts";
import type { Template } from "./template.ts";

/** A path into the data that a template uses. */
export type Reference = {
  /** The constant names from the root, e.g. `["nuon", "components", "db", "outputs", "url"]`. */
  path: string[];
  /** Whether the path goes on with a computed key. */
  dynamic: boolean;
  line: number;
  column: number;
};

/** The paths into the data that a template uses. */
export function references(template: Template): Reference[] {
  const found: Reference[] = [];
  const operand = (node: Operand): void => {
    if (node.kind === "field" || (node.kind === "variable" && node.name === "$" && node.path.length > 0)) {
      found.push({ path: [...node.path], dynamic: false, ...lineAndColumn(template.source, node.pos) });
    } else if (node.kind === "chain") operand(node.base);
    else if (node.kind === "pipe") pipe(node);
  };
  const pipe = (node: Pipe): void => node.commands.forEach((command) => command.args.forEach(operand));
  const walk = (node: Node): void => {
    if ("pipe" in node && node.pipe) pipe(node.pipe);
    if ("body" in node) [...node.body, ...(node.otherwise ?? [])].forEach(walk);
  };
  template.tree.body.forEach(walk);
  return found;
}
