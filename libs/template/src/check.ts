import { lookup, refusal, suggest } from "./functions/table.ts";
import { nearest } from "./nearest.ts";
import { errorAt } from "./syntax/position.ts";
import { isFloat, isInt } from "./value.ts";
import type { Command, Node, Operand, Pipe, Tree } from "./syntax/ast.ts";

/**
 * Checks that every function and template exists and says whether a function changes maps.
 * @throws TemplateError `unknown_function`, `refused_function` or `unknown_template`
 */
export function check(source: string, tree: Tree, templates: ReadonlyMap<string, unknown>): { mutates: boolean } {
  let mutates = false;

  const checkFunction = (name: string, pos: number): void => {
    const reason = refusal(name);
    if (reason !== undefined) throw errorAt(source, pos, `The function ${name} is not available: ${reason}`, "refused_function");
    const definition = lookup(name);
    if (!definition) throw errorAt(source, pos, `There is no function ${name}.${suggest(name)}`, "unknown_function");
    mutates ||= definition.mutates;
  };
  const checkOperand = (operand: Operand): void => {
    if (operand.kind === "function") checkFunction(operand.name, operand.pos);
    else if (operand.kind === "chain") checkOperand(operand.base);
    else if (operand.kind === "pipe") checkPipe(operand);
  };
  const checkPipe = (pipe: Pipe): void => {
    for (const command of pipe.commands) {
      command.args.forEach(checkOperand);
      checkLiterals(source, command);
    }
  };
  const checkNode = (node: Node): void => {
    if ("pipe" in node && node.pipe) checkPipe(node.pipe);
    if (node.kind === "template" && !templates.has(node.name)) {
      const guess = nearest(node.name, templates.keys());
      const hint = guess === undefined ? "" : ` Did you mean ${JSON.stringify(guess)}?`;
      throw errorAt(
        source,
        node.pos,
        `There is no template ${JSON.stringify(node.name)}: no {{define}} in this text names it.${hint}`,
        "unknown_template",
      );
    }
    if ("body" in node) {
      node.body.forEach(checkNode);
      node.otherwise?.forEach(checkNode);
    }
  };
  tree.body.forEach(checkNode);
  for (const body of tree.definitions.values()) body.forEach(checkNode);
  return { mutates };
}

const comparisons: ReadonlySet<string> = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);

/** Numbers of data compare by value, as JSON has one kind of them; literals must be of one kind, as Go demands. */
function checkLiterals(source: string, command: Command): void {
  const [first, ...operands] = command.args;
  if (first.kind !== "function" || !comparisons.has(first.name)) return;
  const numbers = operands.filter((operand) => operand.kind === "number");
  if (numbers.some(({ value }) => isInt(value)) && numbers.some(({ value }) => isFloat(value))) {
    throw errorAt(
      source,
      first.pos,
      `${first.name} cannot compare an integer with a float: write both numbers the same way.`,
      "not_comparable",
    );
  }
}
