import type { CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { renderTable } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { toolsText } from "../output/tools-text.ts";

/** An install for people: what stands, its health, its runners and what is under way. */
export function describeInstall(cli: Cli, install: CallOutput<"installs.get">): string {
  const { io } = cli;
  const { colors } = io;
  const labels = Object.entries(install.labels).map(([name, value]) => `${name}=${value}`);
  const head = renderFields(
    [
      ["install", install.id],
      ["name", safeText(install.name)],
      ["app", `${install.appId} at ${install.appConfigId}`],
      ["state", stateColor(io, install.state)],
      ["health", `${stateColor(io, install.health.health)} ${colors.dim(safeText(install.health.why))}`],
      ["turned off", install.disabled.length > 0 ? safeText(install.disabled.join(", ")) : undefined],
      ["overridden", install.overridden.length > 0 ? safeText(install.overridden.join(", ")) : undefined],
      ["approve all", install.approveAll ? "on" : undefined],
      ["labels", labels.length > 0 ? safeText(labels.join(", ")) : undefined],
      ["created", ago(install.createdAt)],
    ],
    colors.dim,
  );
  const targets = table(cli, install.targets, [
    { title: "TARGET", cell: (item) => safeText(item.target), cut: true },
    { title: "STATE", cell: (item) => stateColor(io, item.state) },
    { title: "BUILD", cell: (item) => item.buildId ?? "-" },
    { title: "UPDATED", cell: (item) => ago(item.updatedAt) },
    { title: "OUTPUTS", cell: (item) => safeText(outputs(item)), cut: true },
  ]);
  const runners = table(cli, install.runners, [
    { title: "RUNNER", cell: (item) => item.id },
    { title: "NAME", cell: (item) => safeText(item.name), cut: true },
    { title: "STATE", cell: (item) => stateColor(io, item.state) },
    { title: "VERSION", cell: (item) => safeText(item.version ?? "-") },
    { title: "TOOLS", cell: (item) => safeText(toolsText(item.tools)), cut: true },
    { title: "SEEN", cell: (item) => ago(item.lastSeenAt) },
  ]);
  const workflows = table(cli, install.workflows, [
    { title: "UNDER WAY", cell: (item) => item.id },
    { title: "OPERATION", cell: (item) => item.operation.replaceAll("_", " ") },
    { title: "STATE", cell: (item) => stateColor(io, item.state) },
    { title: "WAITS FOR", cell: (item) => safeText(item.waiting?.waitsFor ?? ""), cut: true },
  ]);
  return [head, targets, ...healthTables(cli, install.health), runners, workflows].filter((part) => part !== "").join("\n");
}

/** The health of an install for people: the verdict, then its components and checks. */
export function describeHealth(cli: Cli, health: CallOutput<"installs.health">): string {
  const head = `${stateColor(cli.io, health.health)} ${cli.io.colors.dim(safeText(health.why))}`;
  return [head, ...healthTables(cli, health)].filter((part) => part !== "").join("\n");
}

function healthTables(cli: Cli, health: CallOutput<"installs.health">): string[] {
  const { io } = cli;
  return [
    table(cli, health.components, [
      { title: "COMPONENT", cell: (item) => safeText(item.component), cut: true },
      { title: "HEALTH", cell: (item) => stateColor(io, item.verdict) },
      { title: "SINCE", cell: (item) => ago(item.since) },
      { title: "SEEN", cell: (item) => `${ago(item.seenAt)}${item.measuredOffline ? ", measured offline" : ""}` },
      { title: "WHY", cell: (item) => safeText(item.why), cut: true },
    ]),
    table(cli, health.checks, [
      { title: "CHECK", cell: (item) => safeText(item.action), cut: true },
      { title: "HEALTH", cell: (item) => stateColor(io, item.health) },
      { title: "SINCE", cell: (item) => ago(item.since) },
      { title: "WHY", cell: (item) => safeText(item.why), cut: true },
    ]),
  ];
}

/** What to hand to the customer after `installs create`. */
export function describeEnrolment(cli: Cli, made: CallOutput<"installs.create">): string {
  const { colors } = cli.io;
  const { install, enrolment } = made;
  return [
    `Created ${colors.bold(safeText(install.name))} ${colors.dim(install.id)}`,
    "",
    "Hand one of these to the customer. The token in it works once and expires.",
    "",
    colors.dim("  with Node 24"),
    `  ${safeText(enrolment.commandLine)}`,
    "",
    colors.dim("  with Docker"),
    `  ${safeText(enrolment.dockerRun)}`,
    "",
    `When the runner is there: berth installs provision ${safeText(install.name)}`,
    "",
  ].join("\n");
}

type Target = CallOutput<"installs.get">["targets"][number];

function outputs(target: Target): string {
  const shown = Object.entries(target.outputs).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [...shown, ...target.sensitiveOutputs.map((name) => `${name}=(sensitive)`)].join(" ");
}

function table<T>(cli: Cli, items: readonly T[], columns: Parameters<typeof renderTable<T>>[0]["columns"]): string {
  return items.length === 0 ? "" : renderTable({ items, columns, width: cli.io.width, dim: cli.io.colors.dim });
}
