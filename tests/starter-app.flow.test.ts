import { execFile } from "node:child_process";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createGitRepo } from "@berth/testkit/git-repo";
import { describe, expect, it } from "vitest";
import { root } from "../scripts/run-step.ts";
import { runnerIs } from "./support/install.ts";
import { startStack } from "./support/stack.ts";
import { closedLog, ended, start, stepOf } from "./support/vendor.ts";

const run = promisify(execFile);

const chart = `name = "chart"
type = "pulumi"
runtime = "go"
[public_repo]
repo = "acme/chart"
directory = "."
branch = "main"
[config]
greeting = "{{ .nuon.inputs.inputs.greeting }}"
`;

/** A component and an action on top of the chart. */
const onChart = (repo: string): string => `name = "beside"
type = "terraform_module"
terraform_version = "1.11.4"
dependencies = ["chart"]
[public_repo]
repo = "${repo}"
directory = "src/hello"
branch = "main"
[vars]
prefix = "x"
greeting = "y"
`;

describe("the app that `berth apps init` writes", () => {
  it("is synced and deployed as it is; parts of other types are kept, and left out with a reason", { timeout: 180_000 }, async () => {
    await using stack = await startStack();
    await using repo = await createGitRepo({ LICENSE: "" });
    const { client, url, token } = stack.controlPlane;
    const berth = (...args: string[]) =>
      run(process.execPath, [join(root, "apps/cli/src/main.ts"), ...args], {
        cwd: repo.dir,
        env: { PATH: process.env["PATH"], HOME: stack.dir, BERTH_URL: url, BERTH_TOKEN: token },
      });
    await berth("apps", "init", "--repo", repo.url);
    await writeFile(join(repo.dir, "components/chart.toml"), chart);
    await writeFile(join(repo.dir, "components/beside.toml"), onChart(repo.url));
    await repo.commit({});

    const { stdout } = await berth("apps", "sync", "--create", "--app", "starter");
    expect(stdout).toMatch(
      /Kept, but not deployed by this version\n {2}component:chart {2}components of type pulumi can't be deployed yet/,
    );
    expect(stdout).toMatch(/3 to build, 0 reused, 1 not deployable yet/);

    const { install, enrolment } = await client.call("installs.create", {
      body: { appId: (await client.call("apps.get", { params: { appId: "starter" } })).id, name: "acme", inputs: {} },
    });
    const installId = install.id;
    await stack.runner("runner", enrolment.token);
    await runnerIs({ client, installId }, "online");
    const provision = await ended(client, (await start(client, installId, { type: "provision" })).id);
    expect(provision.state, JSON.stringify(provision.failure)).toBe("succeeded");
    expect(stepOf(provision, "component:hello/apply").state).toBe("succeeded");
    expect(stepOf(provision, "component:chart/plan")).toMatchObject({
      state: "skipped",
      note: "Left out: components of type pulumi can't be deployed yet, only terraform_module and helm_chart and docker_build and container_image and kubernetes_manifest and job",
    });
    expect(stepOf(provision, "component:beside/plan")).toMatchObject({
      state: "skipped",
      note: expect.stringMatching(/needs component "chart"/) as string,
    });
    const said = stepOf(provision, "action:say-hello/post-deploy-component:hello");
    expect(await closedLog(client, said.logStreamId ?? "")).toContain(`Hello from hello-${installId}`);

    for (const component of ["chart", "beside"]) {
      await expect(start(client, installId, { type: "deploy", components: [component], withDependents: false })).rejects.toMatchObject({
        status: 422,
        message: expect.stringMatching(/components of type pulumi can't be deployed yet/) as string,
      });
    }
    const deploy = await ended(
      client,
      (await start(client, installId, { type: "deploy", components: ["hello"], withDependents: false })).id,
    );
    expect(deploy.state).toBe("succeeded");

    // What the state makes of it, seen without the control plane.
    const state = await berth("installs", "state", "acme");
    await mkdir(join(stack.dir, "here"));
    await writeFile(join(stack.dir, "here/state.json"), state.stdout);
    const rendered = await berth("apps", "render", "--component", "hello", "--state", join(stack.dir, "here/state.json"));
    expect(rendered.stdout).toContain(`vars.prefix = "hello-${installId}"\n`);

    await appendFile(join(repo.dir, "components/chart.toml"), `replicas = "2"\n`);
    const dryRun = await berth("apps", "sync", "--dry-run", "--app", "starter");
    expect(dryRun.stdout).toContain(`~ component "chart" changed: config.replicas added ("2")`);
  });
});
