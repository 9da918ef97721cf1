import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { JobResult } from "@berth/protocol/job-result";
import type { SecretsSyncSpec } from "@berth/protocol/job-spec";
import { secretsReportSchema, type SecretSpec, type SecretsReport } from "@berth/protocol/specs/secrets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGround, type TestGround } from "../../testing/kubernetes.ts";

const scratch = mkdtempSync(join(tmpdir(), "berth-secrets-"));
const dir = join(scratch, "secrets");
let ground: TestGround;
/** What AWS keeps, by name. */
const kept = new Map<string, string>();
let aws: Server;

beforeAll(async () => {
  mkdirSync(dir);
  aws = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await text(request)) as Record<string, string>;
      const name = body["SecretId"] ?? body["Name"] ?? "";
      if (String(request.headers["x-amz-target"]).endsWith("CreateSecret")) kept.set(name, body["SecretString"] ?? "");
      const value = kept.get(name);
      const answer = value === undefined ? { __type: "ResourceNotFoundException" } : { ARN: name, SecretString: value };
      response.writeHead(value === undefined ? 400 : 200).end(JSON.stringify(answer));
    })();
  });
  aws.listen(0, "127.0.0.1");
  await once(aws, "listening");
  ground = await startGround({
    BERTH_SECRETS_DIR: dir,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "aws-key-of-the-runner",
  });
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
  aws.closeAllConnections();
  aws.close();
  rmSync(scratch, { recursive: true });
});

const secret = (name: string, more: Partial<SecretSpec> = {}): SecretSpec => ({
  name,
  required: false,
  autoGenerate: false,
  format: "",
  targets: [],
  ...more,
});
const put = (name: string, value: string): void => writeFileSync(join(dir, name), value, { mode: 0o600 });

async function sync(secrets: SecretSpec[], more: Partial<SecretsSyncSpec> = {}) {
  const { job, result, log } = await ground.run({
    kind: "secrets.sync",
    dryRun: false,
    cluster: ground.access,
    cloud: { kind: "none" },
    secrets,
    ...more,
  });
  const report = result.outputs ? secretsReportSchema.parse(result.outputs["secrets"]?.value) : undefined;
  return { job, result, log, report };
}

async function done(...args: Parameters<typeof sync>): Promise<{ report: SecretsReport; log: string; result: JobResult }> {
  const { result, report, log } = await sync(...args);
  if (!report || result.outcome !== "succeeded") throw new Error(JSON.stringify(result.failure));
  return { report, log, result };
}

type Live = { data?: Record<string, string>; metadata: { labels?: Record<string, string> } } | undefined;
function live(namespace: string, name: string): Live {
  return ground.cluster.object("secrets", name, namespace) as Live;
}
const valueOf = (object: Live, key = "value"): string => Buffer.from(object?.data?.[key] ?? "", "base64").toString();

describe("a sync of secrets", () => {
  it("writes what the customer keeps into the cluster, makes what is to be made, and tells nobody a value", async () => {
    const namespace = `${ground.namespace}-a`;
    const password = "correct-horse-battery";
    put("password", `${password}\n`);
    put("certificate", Buffer.from("line one of a key\nline two of a key").toString("base64"));
    const secrets = [
      secret("password", { required: true, targets: [{ namespace, name: "db", key: "password" }] }),
      secret("certificate", { format: "base64", targets: [{ namespace, name: "tls", key: "value" }] }),
      secret("session", { autoGenerate: true, targets: [{ namespace, name: "db", key: "session" }] }),
      secret("mode", { default: "standard", targets: [{ namespace, name: "mode", key: "value" }] }),
      secret("later", { targets: [{ namespace, name: "later", key: "value" }] }),
    ];
    const first = await done(secrets);
    expect(first.log).toContain(`made the namespace ${namespace}`);
    expect(valueOf(live(namespace, "db"), "password")).toBe(password);
    expect(valueOf(live(namespace, "tls"))).toBe("line one of a key\nline two of a key");
    expect(valueOf(live(namespace, "mode"))).toBe("standard");
    expect(live(namespace, "later")).toBeUndefined();
    const made = readFileSync(join(dir, "session"), "utf8");
    expect(made).toMatch(/^[A-Za-z0-9]{63}$/);
    expect(statSync(join(dir, "session")).mode & 0o777).toBe(0o600);
    expect(valueOf(live(namespace, "db"), "session")).toBe(made);
    expect(first.report.secrets.map(({ name, source, exists, generated, change }) => [name, source, exists, generated, change])).toEqual([
      ["password", "directory", true, false, "created"],
      ["certificate", "directory", true, false, "created"],
      ["session", "directory", true, true, "created"],
      ["mode", "default", true, false, "created"],
      ["later", "none", false, false, "missing"],
    ]);
    expect(first.report.secrets[0]).toMatchObject({ address: join(dir, "password"), length: password.length });
    const told = JSON.stringify(first.result) + first.log;
    for (const value of [password, made, "line one of a key", Buffer.from(password).toString("base64")]) expect(told).not.toContain(value);

    // Again: nothing changes. Then one value does, and its digest with it.
    const known = secrets.map((each) => {
      const digest = first.report.secrets.find(({ name }) => name === each.name)?.digest;
      return { ...each, ...(digest === undefined ? {} : { lastDigest: digest }) };
    });
    const second = await done(known);
    expect(second.report.secrets.map(({ change }) => change)).toEqual(["unchanged", "unchanged", "unchanged", "unchanged", "missing"]);
    expect(second.report.secrets.flatMap(({ targets }) => targets.map(({ change }) => change))).toEqual([
      "unchanged",
      "unchanged",
      "unchanged",
      "unchanged",
      "missing",
    ]);
    put("password", "another-password");
    const check = await done(known, { dryRun: true });
    expect(check.log).toContain("password: would be updated");
    expect(valueOf(live(namespace, "db"), "password")).toBe(password);
    const third = await done(known);
    expect(third.report.secrets[0]).toMatchObject({ change: "updated", targets: [{ change: "updated" }] });
    expect(third.report.secrets[0]?.digest).not.toBe(first.report.secrets[0]?.digest);
    expect(valueOf(live(namespace, "db"), "password")).toBe("another-password");
  });

  it("makes and writes nothing while a required one is missing, and says of each where to put it", async () => {
    const namespace = `${ground.namespace}-b`;
    put("there", "a-value-that-is-there");
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/absent-AbCdEf";
    const { result, report, log } = await sync([
      secret("there", { targets: [{ namespace, name: "there", key: "value" }] }),
      secret("fresh", { autoGenerate: true }),
      secret("license_key", { required: true }),
      secret("token", { required: true, address: { text: arn, from: "output token_arn of the sandbox" } }),
    ]);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "secrets_missing" } });
    const detail = result.failure?.detail ?? "";
    expect(detail).toContain(`Secret license_key: is not in the runner's directory (${join(dir, "license_key")})`);
    expect(detail).toContain("readable by the runner alone (mode 0600)");
    expect(detail).toContain(`aws secretsmanager put-secret-value --secret-id ${arn} --region eu-west-1 --secret-string file://value.txt`);
    expect(detail).toContain("Nothing was made or written.");
    expect(report?.secrets.map(({ name, exists }) => [name, exists])).toEqual([
      ["there", true],
      ["fresh", false],
      ["license_key", false],
      ["token", false],
    ]);
    expect(live(namespace, "there")).toBeUndefined();
    expect(existsSync(join(dir, "fresh"))).toBe(false);
    expect(JSON.stringify(result) + log).not.toContain("a-value-that-is-there");
  });

  it("refuses a file that everybody can open, and a value that is not of its format", async () => {
    put("open", "open-to-everybody");
    chmodSync(join(dir, "open"), 0o644);
    put("wrong", "this is no base64!");
    const { result, log } = await sync([secret("open"), secret("wrong", { format: "base64" })]);
    expect(result.failure).toMatchObject({ reason: "secrets_refused" });
    expect(result.failure?.detail).toContain("Close it (chmod 600)");
    expect(result.failure?.detail).toContain("Secret wrong: is not base64");
    expect(JSON.stringify(result) + log).not.toMatch(/open-to-everybody|no base64!/);
  });

  it("removes what left the config where it had made it, and only its own keys from what others made", async () => {
    const namespace = `${ground.namespace}-c`;
    put("one", "value-number-one");
    expect(await ground.kubectl(["create", "namespace", namespace])).toBe(0);
    expect(await ground.kubectl(["create", "secret", "generic", "theirs", "-n", namespace, "--from-literal=other=theirs"])).toBe(0);
    const both = [
      { namespace, name: "ours", key: "value" },
      { namespace, name: "theirs", key: "one" },
    ];
    const first = await done([secret("one", { targets: both })]);
    expect(first.log).toContain(`the Kubernetes secret ${namespace}/theirs was made by others: only our keys are written into it`);
    expect(live(namespace, "theirs")?.data).toEqual({
      other: Buffer.from("theirs").toString("base64"),
      one: Buffer.from("value-number-one").toString("base64"),
    });
    const check = await done([secret("one")], { dryRun: true });
    expect(check.report.removed).toHaveLength(2);
    expect(live(namespace, "ours")).toBeDefined();
    const { report } = await done([secret("one")]);
    expect(report.removed).toEqual(
      expect.arrayContaining([
        { namespace, name: "ours", how: "deleted" },
        { namespace, name: "theirs", how: "released" },
      ]),
    );
    expect(live(namespace, "ours")).toBeUndefined();
    const theirs = live(namespace, "theirs");
    expect(theirs?.data).toEqual({ other: Buffer.from("theirs").toString("base64") });
    expect(theirs?.metadata.labels ?? {}).toEqual({});
  });

  it("reads from AWS what an output names by its ARN, with the runner's own credentials", async () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/kept-AbCdEf";
    kept.set(arn, "value-kept-in-aws");
    const namespace = `${ground.namespace}-d`;
    const targets = [{ namespace, name: "kept", key: "value" }];
    const { report, result, log } = await done([
      secret("kept", { targets, address: { text: arn, from: "output kept_arn of the sandbox" } }),
    ]);
    expect(valueOf(live(namespace, "kept"))).toBe("value-kept-in-aws");
    expect(report.secrets[0]).toMatchObject({ source: "aws_secrets_manager", address: arn });
    expect(log).toContain("since output kept_arn of the sandbox names it");
    expect(JSON.stringify(result) + log).not.toMatch(/value-kept-in-aws|aws-key-of-the-runner/);
  });

  it("leaves no value on the runner's disk", async () => {
    const texts = (path: string): string[] =>
      readdirSync(path, { withFileTypes: true, recursive: true }).flatMap((entry) =>
        entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), "latin1")] : [],
      );
    // The last job's journal goes when its end is acknowledged, which may be while it is read.
    const everything = await ground.gateway.until("the runner's files stand still", () => {
      try {
        return texts(ground.runner.dir).join("\n");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    });
    for (const value of ["correct-horse-battery", "value-kept-in-aws", readFileSync(join(dir, "session"), "utf8")]) {
      expect(everything).not.toContain(value);
      expect(everything).not.toContain(Buffer.from(value).toString("base64").replace(/=+$/, ""));
    }
  });
});
