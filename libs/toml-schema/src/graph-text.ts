import type { AppConfig } from "./app-config.ts";
import { dependencyGraph } from "./graph.ts";

export const graphFormats = ["mermaid", "dot", "json"] as const;
export type GraphFormat = (typeof graphFormats)[number];

/**
 * The graph of a config's components as a Mermaid or Graphviz diagram, or as JSON with the order of deployment, of teardown, and what each input reaches.
 * Arrows lead from what is needed to what needs it. Ends in a newline.
 */
export function formatGraph(config: AppConfig, format: GraphFormat): string {
  if (format === "json") return `${JSON.stringify(asJson(config), null, 2)}\n`;
  return format === "mermaid" ? asMermaid(config) : asDot(config);
}

const sandboxId = "sandbox";

type Edge = { from: string; to: string };

/** Ids are our own, so that no name can break out of its place. */
function shape(config: AppConfig): { ids: Map<string, string>; edges: Edge[] } {
  const graph = dependencyGraph(config);
  const ids = new Map(graph.order.map((name, index) => [name, `c${index + 1}`]));
  const components = new Map(config.components.map((component) => [component.name, component]));
  const edges: Edge[] = [];
  for (const [name, to] of ids) {
    for (const need of graph.dependencies(name)) edges.push({ from: ids.get(need) ?? "", to });
    if (components.get(name)?.references.some(({ kind }) => kind === "sandbox")) edges.push({ from: sandboxId, to });
  }
  return { ids, edges };
}

function asMermaid(config: AppConfig): string {
  const { ids, edges } = shape(config);
  const types = new Map(config.components.map(({ name, type }) => [name, type]));
  const lines = [
    "flowchart LR",
    `  ${sandboxId}(["sandbox"])`,
    ...[...ids].map(([name, id]) => `  ${id}["${mermaidText(name)}<br/>${types.get(name)}"]`),
    ...edges.map(({ from, to }) => `  ${from} --> ${to}`),
  ];
  return `${lines.join("\n")}\n`;
}

function asDot(config: AppConfig): string {
  const { ids, edges } = shape(config);
  const types = new Map(config.components.map(({ name, type }) => [name, type]));
  const lines = [
    `digraph ${dotText(config.name)} {`,
    "  rankdir=LR;",
    "  node [shape=box];",
    `  ${sandboxId} [shape=ellipse];`,
    ...[...ids].map(([name, id]) => `  ${id} [label=${dotText(`${name}\n${types.get(name)}`)}];`),
    ...edges.map(({ from, to }) => `  ${from} -> ${to};`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function asJson(config: AppConfig): object {
  const graph = dependencyGraph(config);
  const components = new Map(config.components.map((component) => [component.name, component]));
  return {
    app: config.name,
    order: graph.order,
    teardown: graph.order.toReversed(),
    components: graph.order.map((name) => ({
      name,
      type: components.get(name)?.type,
      dependencies: graph.dependencies(name),
      dependents: graph.dependents(name),
      sandbox: components.get(name)?.references.some(({ kind }) => kind === "sandbox") ?? false,
    })),
    inputs: Object.fromEntries(config.inputs.inputs.map(({ name }) => [name, graph.reachedByInputs([name])])),
  };
}

const mermaidText = (text: string): string => text.replace(/[^\p{L}\p{N} ._-]/gu, (char) => `#${char.codePointAt(0)};`);
const dotText = (text: string): string => `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
