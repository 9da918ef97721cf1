import type { CallInput } from "@berth/api/client";
import { addCommand, type Program, type Spec } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { resolveInstall } from "../resolve/install.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { showPreview } from "../watch/show-preview.ts";

type Operation = CallInput<"workflows.start">["body"]["operation"];
type StartOptions = FollowOptions & { app?: string; planOnly?: boolean; yes?: boolean; preview?: boolean; now?: string };
type OperationOptions = {
  dependents?: boolean;
  latest?: boolean;
  config?: string;
  build?: string;
  sandbox?: boolean;
  sandboxOnly?: boolean;
  skipComponents?: boolean;
  all?: boolean;
  to?: string;
};
const startOptions = [
  ["--app <app>", "where several apps have an install of this name"],
  ["--plan-only", "make the plans, apply none"],
  ["--yes", "approve every plan of this workflow"],
  ["--preview", "only show the steps it would have"],
  ["--now <why>", "don't wait for the install's maintenance window; the reason is kept"],
  ...followOptions,
] as const;

/** `berth installs provision` and the others: what starts a workflow, each with the same options. */
export function addOperations(program: Program, group: Parameters<typeof addCommand>[1]): void {
  const start = (spec: {
    name: string;
    summary: string;
    options?: Spec<StartOptions>["options"];
    examples?: readonly string[];
    operation: (args: string[], options: StartOptions & OperationOptions) => Operation;
  }): void =>
    addCommand<StartOptions>(program, group, {
      ...spec,
      options: [...(spec.options ?? []), ...startOptions],
      async run({ cli, args: [install = "", ...rest], options }) {
        const client = await cli.client();
        const { id: installId } = await resolveInstall(client, { install, app: options.app });
        const body = {
          operation: spec.operation(rest, options),
          planOnly: options.planOnly ?? false,
          approveAll: options.yes ?? false,
          ...(options.now === undefined ? {} : { now: options.now }),
        };
        if (options.preview) return showPreview(cli, { installId, body });
        const workflow = await client.call("workflows.start", { params: { installId }, body });
        return followWorkflow(cli, { workflowId: workflow.id, options, result: workflow });
      },
    });
  const whichConfig = [
    ["--latest", "move the install to the app's newest config"],
    ["--config <id>", "move the install to this config version"],
  ] as const;
  const appConfig = (options: { latest?: boolean; config?: string }): string => options.config ?? (options.latest ? "latest" : "pinned");

  start({
    name: "provision <install>",
    summary: "Sandbox, then every component, then post-provision actions",
    options: whichConfig,
    examples: ["installs provision acme", "installs provision acme --yes --watch"],
    operation: (_, options) => ({ type: "provision", appConfig: appConfig(options) }),
  });
  start({
    name: "upgrade <install>",
    summary: "Move to an app config and deploy what changed",
    options: [["--to <version>", "the app config; the newest without it"]],
    examples: ["installs upgrade acme --preview", "installs upgrade acme --to 7"],
    operation: (_, options) => ({ type: "upgrade", appConfig: options.to ?? "latest" }),
  });
  start({
    name: "deploy <install> [component...]",
    summary: "Deploy some components, or all of them",
    options: [["--dependents", "and what depends on them"], ["--build <id>", "an earlier build; of one component"], ...whichConfig],
    examples: ["installs deploy acme --latest", "installs deploy acme db --dependents", "installs deploy acme api --build bld0abc…"],
    operation: (components, options) =>
      components.length === 0
        ? { type: "deploy_all", appConfig: appConfig(options) }
        : {
            type: "deploy",
            components,
            withDependents: options.dependents ?? false,
            builds: buildsOf(components, options),
            appConfig: appConfig(options),
          },
  });
  start({
    name: "rollback <install> [component...]",
    summary: "Go back: components to the build that stood before, or the whole install to the app config before",
    options: [
      ["--config <version>", "go back to this app config"],
      ["--build <id>", "go back to this build; of one component"],
      ["--sandbox", "and the sandbox to what that app config says"],
    ],
    examples: [
      "installs rollback acme",
      "installs rollback acme --config 7 --sandbox",
      "installs rollback acme api",
      "installs rollback acme api --build bld0abc…",
    ],
    operation(components, options) {
      const config = options.config ?? "previous";
      if (components.length === 0)
        return options.sandbox ? { type: "reprovision", appConfig: config } : { type: "deploy_all", appConfig: config };
      if (options.sandbox || options.config !== undefined)
        throw new InvalidInput("Go back with some components, or with the whole install; not both at once.");
      return { type: "deploy", components, builds: buildsOf(components, { build: options.build ?? "previous" }) };
    },
  });
  start({
    name: "reprovision <install>",
    summary: "Bring the sandbox and every component up to what the config says",
    options: [
      ["--skip-components", "the sandbox alone"],
      ["--sandbox-only", "with the sandbox's own actions around it: pre- and post-reprovision-sandbox"],
      ...whichConfig,
    ],
    examples: ["installs reprovision acme", "installs reprovision acme --skip-components --plan-only"],
    operation: (_, options) => ({
      type: options.sandboxOnly ? "reprovision_sandbox" : "reprovision",
      skipComponents: options.skipComponents ?? false,
      appConfig: appConfig(options),
    }),
  });
  start({
    name: "teardown <install> [component...]",
    summary: "Remove components; the sandbox stays",
    options: [
      ["--dependents", "and what depends on them"],
      ["--all", "every component"],
    ],
    examples: ["installs teardown acme api", "installs teardown acme db --dependents", "installs teardown acme --all"],
    operation(components, options) {
      if ((components.length === 0) !== (options.all ?? false)) throw new InvalidInput("Name the components to remove, or say --all.");
      return options.all ? { type: "teardown_all" } : { type: "teardown", components, withDependents: options.dependents ?? false };
    },
  });
  for (const [verb, summary] of [
    ["enable", "Turn toggleable components on and deploy them"],
    ["disable", "Turn toggleable components off and remove them"],
  ] as const) {
    start({
      name: `${verb} <install> <component...>`,
      summary,
      examples: [`installs ${verb} acme metrics`],
      operation: (components) => ({ type: "component_toggle", [verb]: components }),
    });
  }
  start({
    name: "deprovision <install>",
    summary: "Remove every component, then the sandbox",
    options: [["--sandbox-only", "the sandbox alone; refused while components stand in it"]],
    operation: (_, options) => ({ type: options.sandboxOnly ? "deprovision_sandbox" : "deprovision" }),
  });
}

/** The build that was asked for, of the one component it can be of. */
function buildsOf(components: readonly string[], { build }: { build?: string }): Record<string, string> {
  if (build === undefined) return {};
  if (components.length !== 1 && build !== "previous")
    throw new InvalidInput("A build is one component's: name that component, and no other.");
  return Object.fromEntries(components.map((name) => [name, build]));
}
