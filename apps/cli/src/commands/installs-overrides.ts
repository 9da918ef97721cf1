import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";

type Overrides = CallOutput<"installs.overrides.get">;
type Options = FollowOptions & {
  app?: string;
  set?: string[];
  unset?: string[];
  /** `false` takes the document away. */
  file?: string | false;
  clear?: boolean;
  deploy?: boolean;
  planOnly?: boolean;
  yes?: boolean;
};

/** `berth installs overrides`: what an install sets over the config of its components. */
export function addOverrides(program: Program, group: Parameters<typeof addCommand>[1]): void {
  addCommand<Options>(program, group, {
    name: "overrides <install> [component]",
    summary: "Show or change what an install sets over a component's config",
    options: [
      ["--app <app>", "where several apps have an install of this name"],
      ["--set <key=value...>", "a chart's values by dotted key, or a module's variables; `key=@file` takes a file's text"],
      ["--unset <key...>", "take these away"],
      ["--file <path>", "a YAML document of values, or a kustomize patch"],
      ["--no-file", "take the document away"],
      ["--clear", "take everything away"],
      ["--deploy", "and deploy the component"],
      ["--plan-only", "with --deploy: make the plan, don't apply it"],
      ["--yes", "with --deploy: approve every plan of the workflow"],
      ...followOptions,
    ],
    examples: [
      "installs overrides acme",
      "installs overrides acme api --set replicas=3 --unset image.tag --file values.yaml",
      "installs overrides acme api --clear --deploy",
    ],
    async run({ cli, args: [install = "", component], options }) {
      const { set, unset, file, clear, deploy } = options;
      const changes = set !== undefined || unset !== undefined || file !== undefined;
      if (clear && changes) throw new InvalidInput("--clear takes everything away: leave the other changes out, or --clear.");
      if (!deploy && (options.planOnly || options.yes))
        throw new InvalidInput("--plan-only and --yes are of the deploy: say --deploy too.");
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      if (component === undefined) {
        if (changes || clear || deploy) throw new InvalidInput("Name the component: berth installs overrides <install> <component> …");
        return showAll(cli, (await client.call("installs.overrides.list", { params: { installId } })).items);
      }
      const params = { installId, component };
      const hint = `berth installs deploy ${safeText(install)} ${safeText(component)}`;
      if (clear) await client.call("installs.overrides.clear", { params });
      if (!changes && !deploy) {
        const found = await client.call("installs.overrides.get", { params });
        return cli.show(found, () => describe(found, found.pending ? hint : undefined));
      }
      const result = await client.call("installs.overrides.update", {
        params,
        body: {
          set: parsePairs(set ?? [], cli.io.cwd),
          unset: unset ?? [],
          ...(file === undefined ? {} : { document: file === false ? null : readDocument(file, cli.io.cwd) }),
          deploy: deploy ?? false,
          planOnly: options.planOnly ?? false,
          approveAll: options.yes ?? false,
        },
      });
      if (result.workflowId === undefined)
        return cli.show(result, () => describe(result.overrides, result.changed || result.overrides.pending ? hint : undefined));
      return followWorkflow(cli, { workflowId: result.workflowId, options, result });
    },
  });
}

function showAll(cli: Cli, items: Overrides[]): void {
  cli.list(
    items,
    [
      { title: "COMPONENT", cell: (item) => safeText(item.component), cut: true },
      { title: "SETS", cell: (item) => safeText(keysOf(item).join(", ")) || "nothing any more", cut: true },
      { title: "DEPLOYED", cell: (item) => (item.pending ? "not yet" : "") },
      { title: "CHANGED", cell: (item) => ago(item.changedAt) },
      { title: "BY", cell: (item) => safeText(item.changedBy ?? "") },
    ],
    "No component has overrides on this install.",
  );
}

function keysOf({ set, sensitive, hasDocument }: Overrides): string[] {
  return [...Object.keys(set), ...sensitive, ...(hasDocument ? ["a document"] : [])];
}

/** What is set, and what brings it to what stands, where that is another thing. */
function describe(found: Overrides, deploy: string | undefined): string {
  const lines = [
    ...Object.entries(found.set).map(([key, value]) => `${key}=${value}`),
    ...found.sensitive.map((key) => `${key}=(sensitive)`),
    ...(found.hasDocument ? ["", ...(found.document ?? "(a document that is YAML only after it is rendered)").trimEnd().split("\n")] : []),
  ];
  const shown = lines.length > 0 ? lines.map((line) => safeText(line)) : ["No overrides."];
  return `${[...shown, ...(deploy === undefined ? [] : ["", `Not deployed yet: ${deploy} brings it, and the next upgrade does.`])].join("\n")}\n`;
}

function readDocument(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    throw new InvalidInput(`The document cannot be read from ${path}: ${(error as Error).message}`);
  }
}
