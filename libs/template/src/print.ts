import type { Command, Node, Operand, Pipe, Tree } from "./syntax/ast.ts";

/**
 * The text of a tree: parsing it gives the same tree, positions aside. Definitions come first, `else if` as an `if` within the `else`.
 * Numbers and raw strings stay as they were written.
 */
export function print(tree: Pick<Tree, "body" | "definitions">): string {
  let out = "";
  for (const [name, body] of tree.definitions) out += join(`{{define ${quote(name)}}}${printNodes(body)}`, "{{end}}");
  return out + printNodes(tree.body);
}

/** The text of a list of nodes. */
export function printNodes(nodes: readonly Node[]): string {
  let out = "";
  for (const node of nodes) {
    const text = node.kind === "text" ? printText(node.text) : printNode(node);
    out = join(out, text);
  }
  return out;
}

/** A brace right before a delimiter would be taken for part of it: a trimmed space keeps them apart. */
function join(before: string, after: string): string {
  return before.endsWith("{") && after.startsWith("{{") ? `${before} {{- ${after.slice(2).trimStart()}` : before + after;
}

/** Delimiters that the text itself holds are parted by an empty comment whose white space is trimmed. */
function printText(text: string): string {
  return text.replace(/\{(?=\{)/g, "{ {{- /**/ -}} ");
}

function printNode(node: Exclude<Node, { kind: "text" }>): string {
  switch (node.kind) {
    case "action":
      return `{{${printPipe(node.pipe)}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "template":
      return node.pipe ? `{{template ${quote(node.name)} ${printPipe(node.pipe)}}}` : `{{template ${quote(node.name)}}}`;
    case "if":
    case "with":
    case "range": {
      const first = `{{${node.kind} ${printPipe(node.pipe)}}}${printNodes(node.body)}`;
      return join(node.otherwise ? join(first, "{{else}}") + printNodes(node.otherwise) : first, "{{end}}");
    }
  }
}

/** The text of a pipeline, without delimiters. */
export function printPipe(pipe: Pipe): string {
  const declaration = pipe.declares.length > 0 ? `${pipe.declares.join(", ")} ${pipe.assigns ? "=" : ":="} ` : "";
  return declaration + pipe.commands.map(printCommand).join(" | ");
}

function printCommand(command: Command): string {
  return command.args.map(printOperand).join(" ");
}

/** The text of one operand. */
export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(operand.value);
    case "number":
      return operand.text;
    case "string":
      return operand.raw && !/[`\r]/.test(operand.value) ? `\`${operand.value}\`` : quote(operand.value);
    case "field":
      return `.${operand.path.join(".")}`;
    case "variable":
      return [operand.name, ...operand.path].join(".");
    case "function":
      return operand.name;
    case "chain":
      return `${printOperand(operand.base)}.${operand.path.join(".")}`;
    case "pipe":
      return `(${printPipe(operand)})`;
  }
}

/** A string in Go's syntax, with every character that JSON escapes escaped; lone surrogates become U+FFFD as in Go. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
