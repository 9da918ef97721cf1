import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerRegistry } from "@berth/testkit/docker-registry";
import { itNeeds } from "@berth/testkit/programs";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry } from "@berth/testkit/scripted-registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRunner } from "./testing/runner-process.ts";
import { actionSpec, applySpec, planSpec } from "./testing/specs.ts";

// "correct horse" under bcrypt.
const htpasswd = "acme:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
const elsewhere = mkdtempSync(join(tmpdir(), "berth-bundle-"));
const entry = join(elsewhere, "berth-runner.mjs");

// Away from the repository: nothing may be found in its node_modules.
beforeAll(async () => {
  const build = spawn(process.execPath, [join(import.meta.dirname, "..", "build.ts")], { stdio: "inherit" });
  expect(await once(build, "exit")).toEqual([0, null]);
  copyFileSync(join(import.meta.dirname, "..", "dist", "berth-runner.mjs"), entry);
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe("the bundled runner", () => {
  it("enrols, runs actions and Terraform in processes of its own, from one file", async () => {
    await using gateway = await startScriptedGateway();
    const registry = addRegistry(gateway);
    await using _runner = await startRunner(gateway, { entry });
    const action = gateway.assign({ spec: actionSpec("echo hello") });
    expect(await gateway.until("the action ends", () => action.result)).toMatchObject({ outcome: "succeeded" });
    const artifact = await registry.publish({ "main.tf": 'output "o" { value = "made" }\n' });
    const spec = planSpec({ artifact });
    const plan = gateway.assign({ spec });
    const made = (await gateway.until("the plan ends", () => plan.result, 60_000)).plan;
    const apply = gateway.assign({ spec: applySpec(spec, made!) });
    expect(await gateway.until("the apply ends", () => apply.result, 60_000)).toMatchObject({
      outcome: "succeeded",
      outputs: { o: { value: "made", sensitive: false } },
    });
  });

  itNeeds("docker-registry")("gets into ECR with the AWS SDK that is packed in it, and copies an image there", async () => {
    await using gateway = await startScriptedGateway();
    await using own = await startDockerRegistry({ htpasswd });
    const calls: string[] = [];
    // As much of ECR's API as it takes to get in.
    const ecr = createServer((request, response) => {
      calls.push(String(request.headers["x-amz-target"]).split(".")[1] ?? "");
      const authorizationToken = Buffer.from("acme:correct horse").toString("base64");
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      request.resume().on("end", () => response.end(JSON.stringify({ authorizationData: [{ authorizationToken }], repository: {} })));
    }).listen(0, "127.0.0.1");
    await once(ecr, "listening");
    const endpoint = `http://127.0.0.1:${(ecr.address() as AddressInfo).port}`;
    const env = { AWS_ENDPOINT_URL_ECR: endpoint, AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
    await using _runner = await startRunner(gateway, { entry, env });
    const source = await addRegistry(gateway).publish({ "a.txt": "a" });
    const mirror = { kind: "ecr" as const, url: own.url, repository: "team/web", region: "eu-west-1" };
    const spec = {
      kind: "image.sync" as const,
      target: "component:web",
      source: { ...source, mirror },
      publicHost: "x",
      tag: "bld1",
      destroy: false,
    };
    const job = gateway.assign({ spec });
    expect(await gateway.until("the copy ends", () => job.result, 60_000)).toMatchObject({
      outcome: "succeeded",
      outputs: { image: { value: { ref: `${new URL(own.url).host}/team/web@${source.digest}` } } },
    });
    expect(calls).toEqual(["GetAuthorizationToken", "CreateRepository"]);
    ecr.closeAllConnections();
    ecr.close();
  });

  it("rests in less than 90 MB", { skip: process.platform !== "linux" }, async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { entry });
    await gateway.until("some heartbeats", () => gateway.heartbeats >= 3);
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${runner.process.pid}/status`, "utf8"))?.[1]) / 1024;
    expect(rss).toBeGreaterThan(10);
    expect(rss).toBeLessThan(90);
  });
});
