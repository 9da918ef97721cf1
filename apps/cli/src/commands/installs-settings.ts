import type { CallInput, CallOutput } from "@berth/api/client";
import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { resolveInstall } from "../resolve/install.ts";

type Settings = CallOutput<"installs.settings.get">;
type Change = NonNullable<CallInput<"installs.settings.update">["body"]>;
type Options = {
  twoPerson?: string;
  customerApproval?: string;
  approvalExpires?: string;
  driftRemediation?: string;
  window?: string[];
  policy?: string[];
};

/** How changes of an install are controlled. */
export function addInstallSettings(program: Program, group: Parameters<typeof addCommand>[1]): void {
  addCommand<Options>(program, group, {
    name: "settings <install>",
    summary: "Show or change how changes of an install are controlled",
    options: [
      ["--two-person <on-or-off>", "two different identities must approve each plan"],
      ["--customer-approval <on-or-off>", "the customer must approve each plan too"],
      ["--approval-expires <time>", "how long a plan can be decided on: 12h, 30d; `default`: as the organisation says"],
      ["--drift-remediation <off-or-plan>", "plan: a drift starts a deploy that puts it back and waits for approval"],
      ["--window <window...>", 'when changes may begin: "2h from 0 2 * * 6 in Europe/Berlin"; `none` for any time'],
      [
        "--policy <policy...>",
        "what a plan must pass to be approved by itself: no_deletes, no_replaces, only_components:a,b; `none` for no rule",
      ],
    ],
    examples: [
      "installs settings acme",
      "installs settings acme --two-person on",
      "installs settings acme --policy no_deletes only_components:api,web",
    ],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const change = changeOf(options);
      const settings =
        Object.keys(change).length === 0
          ? await client.call("installs.settings.get", { params: { installId } })
          : await client.call("installs.settings.update", { params: { installId }, body: change });
      cli.show(settings, () => renderFields(fieldsOf(settings), cli.io.colors.dim));
    },
  });
}

function changeOf(options: Options): Change {
  const { twoPerson, customerApproval, approvalExpires, driftRemediation, window, policy } = options;
  if (driftRemediation !== undefined && driftRemediation !== "off" && driftRemediation !== "plan")
    throw new InvalidInput(`--drift-remediation takes off or plan, not "${driftRemediation}"`);
  return {
    ...(driftRemediation === undefined ? {} : { driftRemediation }),
    ...(twoPerson === undefined ? {} : { twoPerson: onOrOff("--two-person", twoPerson) }),
    ...(customerApproval === undefined ? {} : { customerApproval: onOrOff("--customer-approval", customerApproval) }),
    ...(approvalExpires === undefined ? {} : { approvalExpiresSeconds: expiryOf(approvalExpires) }),
    ...(window === undefined ? {} : { maintenanceWindows: window.filter((text) => text !== "none").map(windowOf) }),
    ...(policy === undefined ? {} : { policies: policy.filter((text) => text !== "none").map(policyOf) }),
  };
}

function onOrOff(option: string, word: string): boolean {
  if (word !== "on" && word !== "off") throw new InvalidInput(`${option} takes on or off, not "${word}"`);
  return word === "on";
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `15m`, `12h`, `30d` in seconds. @throws InvalidInput */
export function secondsOf(option: string, text: string): number {
  const [, number, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidInput(`${option} takes a time such as 15m, 12h or 30d, not "${text}"`);
  return Number(number) * (units[unit] ?? 1);
}

/** `default` as null: what holds above it. @throws InvalidInput */
export function expiryOf(text: string): number | null {
  return text === "default" ? null : secondsOf("--approval-expires", text);
}

function policyOf(text: string): Settings["policies"][number] {
  const [type, names] = text.split(":", 2);
  if (type === "no_deletes" || type === "no_replaces") return { type };
  if (type === "only_components" && names) return { type, components: names.split(",") };
  throw new InvalidInput(`--policy takes no_deletes, no_replaces or only_components:<names>, not "${text}"`);
}

/** `<duration> from <cron> [in <time zone>]`. @throws InvalidInput */
function windowOf(text: string): Settings["maintenanceWindows"][number] {
  const match = /^(\S+) from (\S+ \S+ \S+ \S+ \S+)(?: in (\S+))?$/.exec(text);
  if (!match) throw new InvalidInput(`--window takes "2h from 0 2 * * 6 in Europe/Berlin", not "${text}"`);
  const [, duration = "", cron = "", timezone = "UTC"] = match;
  return { cron, durationSeconds: secondsOf("--window", duration), timezone };
}

function fieldsOf(settings: Settings): Parameters<typeof renderFields>[0] {
  const policies = settings.policies.map((policy) =>
    policy.type === "only_components" ? `only_components:${policy.components.join(",")}` : policy.type,
  );
  return [
    ["two people", settings.twoPerson ? "must approve each plan" : "not asked for"],
    ["customer", settings.customerApproval ? "must approve each plan too" : "not asked"],
    ["expiry", `a plan can be decided on for ${Math.round((settings.approvalExpiresSeconds / 3600) * 10) / 10} hours`],
    [
      "changes",
      settings.maintenanceWindows.length === 0
        ? "at any time"
        : settings.maintenanceWindows
            .map(({ cron, durationSeconds, timezone }) => `${durationSeconds / 60} min from ${cron} in ${timezone}`)
            .join("\n"),
    ],
    ["drift", settings.driftRemediation === "plan" ? "starts a deploy that puts it back, when its plan is approved" : "is recorded"],
    ["policies", safeText(policies.join(", ") || "none: whatever may be approved by itself is")],
  ];
}
