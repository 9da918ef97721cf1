import { addCommand, addGroup, type Program, type Spec } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { addOperations } from "./installs-operations.ts";
import { addOverrides } from "./installs-overrides.ts";
import { addPullCredentials } from "./installs-pull-credentials.ts";
import { addInstallStack } from "./installs-stack.ts";
import { addInstallState } from "./installs-state.ts";
import { addCustomerTokens } from "./customer-tokens.ts";
import { addInstallSettings } from "./installs-settings.ts";
import { describeEnrolment, describeHealth, describeInstall } from "./installs-describe.ts";

const ofApp = ["--app <app>", "where several apps have an install of this name"] as const;
export function addInstalls(program: Program): void {
  const group = addGroup(program, "installs", "Customers' instances of an app");
  const add = <Options>(spec: Spec<Options>): void => addCommand(program, group, spec);

  add<{ app?: string; labels?: string; limit: string }>({
    name: "list",
    summary: "List installs, newest first",
    options: [
      ["--app <app>", "of this app"],
      ["--labels <selector>", "with these labels: tier=gold,region in (eu,us),!beta"],
      ["--limit <n>", "at most so many", "50"],
    ],
    async run({ cli, options }) {
      const client = await cli.client();
      const query = {
        ...(options.app === undefined ? {} : { appId: (await client.call("apps.get", { params: { appId: options.app } })).id }),
        ...(options.labels === undefined ? {} : { labels: options.labels }),
      };
      cli.list(
        await collect(client.pages("installs.list", { query }), limitOf(options.limit)),
        [
          { title: "INSTALL", cell: (item) => item.id },
          { title: "NAME", cell: (item) => safeText(item.name), cut: true },
          { title: "APP", cell: (item) => item.appId },
          { title: "STATE", cell: (item) => stateColor(cli.io, item.state) },
          { title: "HEALTH", cell: (item) => stateColor(cli.io, item.health.health) },
          { title: "CREATED", cell: (item) => ago(item.createdAt) },
        ],
        "No installs yet. `berth installs create --app <app> --name <name>` makes one.",
      );
    },
  });

  add<{ app?: string }>({
    name: "get <install>",
    summary: "Show what stands, its health, its runners and what is under way",
    options: [ofApp],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const found = await client.call("installs.get", { params: { installId: id } });
      cli.show(found, () => describeInstall(cli, found));
    },
  });

  add<{ app: string; name: string; input?: string[]; label?: string[]; config?: string; approveAll?: boolean }>({
    name: "create",
    summary: "Create an install and print what to hand to the customer",
    options: [
      ["--app <app>", "the app"],
      ["--name <name>", "the install's name, unique in the app"],
      ["--input <name=value...>", "inputs; `name=@file` takes a file's text"],
      ["--label <name=value...>", "labels"],
      ["--config <version>", "a config version's id; the newest without it"],
      ["--approve-all", "approve every plan of this install, always"],
    ],
    examples: ["installs create --app hello --name acme --input domain=acme.example --input license=@license.txt"],
    async run({ cli, options }) {
      if (!options.app || !options.name) throw new InvalidInput("Give the app with --app and the install's name with --name.");
      const client = await cli.client();
      const app = await client.call("apps.get", { params: { appId: options.app } });
      const made = await client.call("installs.create", {
        body: {
          appId: app.id,
          name: options.name,
          inputs: parsePairs(options.input ?? [], cli.io.cwd),
          labels: parsePairs(options.label ?? [], cli.io.cwd),
          approveAll: options.approveAll ?? false,
          ...(options.config === undefined ? {} : { appConfigId: options.config }),
        },
      });
      cli.show(made, () => describeEnrolment(cli, made));
    },
  });

  add<{ app?: string }>({
    name: "inputs <install>",
    summary: "Show an install's inputs; sensitive values stay hidden",
    options: [ofApp],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const inputs = await client.call("installs.inputs.get", { params: { installId: id } });
      const rows = [
        ...Object.entries(inputs.values).map(([name, value]) => ({
          name,
          value: typeof value === "string" ? value : JSON.stringify(value),
        })),
        ...inputs.sensitive.map((name) => ({ name, value: "(sensitive)" })),
      ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
      if (cli.json) cli.show(inputs, () => "");
      else
        cli.list(
          rows,
          [
            { title: "INPUT", cell: (row) => safeText(row.name) },
            { title: "VALUE", cell: (row) => safeText(row.value), cut: true },
          ],
          "The install has no inputs.",
        );
    },
  });

  add<FollowOptions & { app?: string; planOnly?: boolean; yes?: boolean; deploy?: boolean }>({
    name: "update-inputs <install> <name=value...>",
    summary: "Change inputs and redeploy what they reach",
    options: [
      ofApp,
      ["--no-deploy", "only store the values"],
      ["--plan-only", "make the plans, apply none"],
      ["--yes", "approve every plan of this workflow"],
      ...followOptions,
    ],
    examples: ["installs update-inputs acme greeting='Good morning'", "installs update-inputs acme password=@secret.txt --yes"],
    async run({ cli, args: [install = "", ...pairs], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const result = await client.call("installs.inputs.update", {
        params: { installId: id },
        body: {
          values: parsePairs(pairs, cli.io.cwd),
          deploy: options.deploy ?? true,
          planOnly: options.planOnly ?? false,
          approveAll: options.yes ?? false,
        },
      });
      const changed =
        result.changed.length > 0 ? `Changed: ${safeText(result.changed.join(", "))} (version ${result.version})` : "Nothing changed.";
      if (result.workflowId !== undefined) {
        cli.note(changed);
        return followWorkflow(cli, { workflowId: result.workflowId, options, result });
      }
      cli.show(result, () => `${changed}\n`);
      return 0;
    },
  });

  addInstallState(program, group);

  addOperations(program, group);

  add<{ app?: string }>({
    name: "approve-all <install> <on-or-off>",
    summary: "Approve every plan of an install without asking, or stop doing so",
    options: [ofApp],
    async run({ cli, args: [install = "", word = ""], options }) {
      if (word !== "on" && word !== "off") throw new InvalidInput(`Say on or off, not "${word}".`);
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const after = await client.call("installs.setApproveAll", { params: { installId: id }, body: { enabled: word === "on" } });
      cli.show(after, () => `Plans of ${safeText(after.name)} are ${after.approveAll ? "approved without asking" : "asked for"}.\n`);
    },
  });

  add<{ app?: string; unset?: string[] }>({
    name: "labels <install> [name=value...]",
    summary: "Show an install's labels, or set and take away some",
    options: [ofApp, ["--unset <name...>", "take these away"]],
    examples: ["installs labels acme tier=gold region=eu", "installs labels acme --unset beta"],
    async run({ cli, args: [install = "", ...pairs], options }) {
      const client = await cli.client();
      const found = await resolveInstall(client, { install, app: options.app });
      const { labels } =
        pairs.length === 0 && options.unset === undefined
          ? await client.call("installs.get", { params: { installId: found.id } })
          : await client.call("installs.labels.set", {
              params: { installId: found.id },
              body: { set: parsePairs(pairs, cli.io.cwd), unset: options.unset ?? [] },
            });
      cli.show(
        labels,
        () =>
          `${
            Object.entries(labels)
              .map(([name, value]) => safeText(`${name}=${value}`))
              .join("\n") || "no labels"
          }\n`,
      );
    },
  });

  add<{ app?: string; days: string }>({
    name: "health <install> [component]",
    summary: "Show how an install and its components are, or how one of them was",
    options: [ofApp, ["--days <n>", "of one component: so many days, at most 90", "30"]],
    examples: ["installs health acme", "installs health acme api --days 90"],
    async run({ cli, args: [install = "", component], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      if (component === undefined) {
        const health = await client.call("installs.health", { params: { installId } });
        cli.show(health, () => `${describeHealth(cli, health)}\n`);
        return;
      }
      const history = await client.call("health.history", { params: { installId, component }, query: { days: Number(options.days) } });
      cli.show(history, () => {
        const share = history.uptime === undefined ? "nothing is known" : `${(history.uptime * 100).toFixed(3)} %`;
        const lines = history.changes.map(
          (each) => `  ${stateColor(cli.io, each.verdict)}  ${each.from} to ${each.to}${each.measuredOffline ? "  measured offline" : ""}`,
        );
        return `${[`uptime over ${history.days} days: ${share}`, ...lines].join("\n")}\n`;
      });
    },
  });

  addOverrides(program, group);
  addInstallStack(program, group);
  addInstallSettings(program, group);
  addCustomerTokens(program, group);
  addPullCredentials(program, group);

  add<{ app?: string; confirm?: string }>({
    name: "forget <install>",
    summary: "Drop an install from the lists; what it runs stays",
    options: [ofApp, ["--confirm <name>", "the install's name, to be sure"]],
    examples: ["installs forget acme --confirm acme"],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id, name } = await resolveInstall(client, { install, app: options.app });
      const confirmed =
        options.confirm ??
        (cli.io.interactive ? await cli.io.ask(`Resources in the customer's account stay. Type ${name} to forget it: `) : undefined);
      if (confirmed !== name) throw new InvalidInput(`Not confirmed. Give the install's name: --confirm ${name}`);
      await client.call("installs.forget", { params: { installId: id }, body: { name } });
      cli.show({ forgotten: id }, () => `Forgot ${safeText(name)}.\n`);
    },
  });
}
