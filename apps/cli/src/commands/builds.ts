import type { ApiClient } from "@berth/api/client";
import { addCommand, addGroup, type Program } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago, took } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { followBuilds, type Build } from "../sync/follow-builds.ts";
import { failureText } from "../watch/step-line.ts";
import { tailLog } from "../watch/tail-log.ts";

export function addBuilds(program: Program): void {
  const group = addGroup(program, "builds", "Artifacts in the making");
  addCommand<{ app?: string; target?: string; limit: string }>(program, group, {
    name: "list",
    summary: "List builds, newest first",
    options: [
      ["--app <app>", "of this app"],
      ["--target <target>", "of this target: sandbox, component:<name>, action:<name>/<step>"],
      ["--limit <n>", "at most so many", "20"],
    ],
    async run({ cli, options }) {
      const query = {
        ...(options.app === undefined ? {} : { appId: options.app }),
        ...(options.target === undefined ? {} : { target: options.target }),
      };
      cli.list(
        await collect((await cli.client()).pages("builds.list", { query }), limitOf(options.limit)),
        [
          { title: "BUILD", cell: (build) => build.id },
          { title: "TARGET", cell: (build) => safeText(build.target), cut: true },
          { title: "STATE", cell: (build) => stateColor(cli.io, build.state) },
          {
            title: "COMMIT",
            cell: (build) => safeText(build.source?.commit.slice(0, 7) ?? textOf(build.facts?.["version"]) ?? "-"),
            cut: true,
          },
          { title: "CREATED", cell: (build) => ago(build.createdAt) },
          { title: "TOOK", cell: (build) => took(build.startedAt, build.finishedAt) },
          { title: "WHY", cell: (build) => safeText(build.failure?.reason ?? build.why), cut: true },
        ],
        "No builds yet.",
      );
    },
  });
  addCommand(program, group, {
    name: "get <build>",
    summary: "Show a build",
    async run({ cli, args: [buildId = ""] }) {
      const build = await (await cli.client()).call("builds.get", { params: { buildId } });
      cli.show(build, () =>
        renderFields(
          [
            ["build", build.id],
            ["target", safeText(build.target)],
            ["state", stateColor(cli.io, build.state)],
            ["why", safeText(build.why)],
            [
              "source",
              build.source
                ? safeText(`${build.source.repo} ${build.source.directory} at ${build.source.commit} (${build.source.ref})`)
                : undefined,
            ],
            ["artifact", build.artifact ? safeText(`${build.artifact.repository}@${build.artifact.digest}`) : undefined],
            ...Object.entries(build.facts ?? {}).map(([name, value]): [string, string] => [safeText(name), safeText(textOf(value) ?? "")]),
            ["created", ago(build.createdAt)],
            ["took", took(build.startedAt, build.finishedAt) || undefined],
            ["failure", build.failure ? failureText(build.failure).trim() : undefined],
          ],
          cli.io.colors.dim,
        ),
      );
    },
  });
  addCommand<{ source?: string; latest?: boolean; wait?: boolean }>(program, group, {
    name: "create <app> <target>",
    summary: "Build a target although nothing has changed",
    options: [
      ["--latest", "look the branch up again; without it the commit of the last sync is built"],
      ["--no-wait", "do not wait for it"],
    ],
    examples: ["builds create hello db", "builds create hello sandbox --latest"],
    async run({ cli, args: [appId = "", target = ""], options }) {
      const client = await cli.client();
      const build = await client.call("builds.create", {
        params: { appId },
        body: { target, source: options.latest ? "latest" : "pinned" },
      });
      if (options.wait ?? true) return wait(cli.io, client, build, cli.json);
      cli.show(build, () => `${build.id}\n`);
      return exitCodes.ok;
    },
  });
  addCommand<{ wait?: boolean }>(program, group, {
    name: "retry <build>",
    summary: "Build again what failed or was cancelled",
    options: [["--no-wait", "do not wait for it"]],
    async run({ cli, args: [buildId = ""], options }) {
      const client = await cli.client();
      const build = await client.call("builds.retry", { params: { buildId } });
      if (options.wait ?? true) return wait(cli.io, client, build, cli.json);
      cli.show(build, () => `${build.id}\n`);
      return exitCodes.ok;
    },
  });
  addCommand(program, group, {
    name: "logs <build>",
    summary: "Print a build's log and follow it to its end",
    async run({ cli, args: [buildId = ""] }) {
      const client = await cli.client();
      const build = await client.call("builds.get", { params: { buildId } });
      await tailLog(cli, { client, streamId: build.logStreamId });
    },
  });
  addCommand(program, group, {
    name: "cancel <build>",
    summary: "Stop a build",
    async run({ cli, args: [buildId = ""] }) {
      const build = await (await cli.client()).call("builds.cancel", { params: { buildId } });
      cli.show(build, () => `${build.id} is ${build.state === "cancelled" ? "cancelled" : "being cancelled"}.\n`);
    },
  });
}

function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
}

async function wait(io: Program["io"], client: ApiClient, build: Build, json: boolean): Promise<number> {
  const write = json ? io.err : io.out;
  const [done] = await followBuilds({ client, buildIds: [build.id], write, colors: io.colors, signal: io.signal });
  if (json) io.out(`${JSON.stringify(done, undefined, 2)}\n`);
  return done?.state === "succeeded" ? exitCodes.ok : exitCodes.buildFailed;
}
