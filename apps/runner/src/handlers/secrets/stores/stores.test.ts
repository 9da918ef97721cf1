import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Hash } from "../../../cluster/sha256-hash.ts";
import { createHttpClient } from "../../../net/request.ts";
import type { Place } from "../choose-place.ts";
import { openStore } from "./open-store.ts";
import { createOnce, maxValueBytes, type StoreContext } from "./store.ts";

type Call = { request: IncomingMessage; method: string; path: string; target: string; body: string };
type Answer = { status?: number; body?: unknown };

let server: Server;
let url: string;
let calls: Call[];
let answer: (call: Call) => Answer | undefined;
let dir: string;

/** One server stands for the stores and the clouds' token servers. */
beforeEach(async () => {
  calls = [];
  answer = () => undefined;
  dir = mkdtempSync(join(tmpdir(), "berth-store-"));
  server = createServer((request, response) => {
    void (async () => {
      const [path = ""] = (request.url ?? "").split("?");
      const target = String(request.headers["x-amz-target"] ?? "").replace("secretsmanager.", "");
      const call = { request, method: request.method ?? "", path, target, body: await text(request) };
      calls.push(call);
      const { status = 200, body = {} } = path.endsWith("/oauth2/v2.0/token")
        ? { body: { access_token: "azure-token" } }
        : (answer(call) ?? { status: 404 });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  server.closeAllConnections();
  server.close();
});

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "hunter22" };
const net = { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined, caFile: undefined };
const context = (more: Partial<StoreContext> = {}): StoreContext => ({
  env: {
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "client",
    AZURE_CLIENT_SECRET: "secret",
    AZURE_AUTHORITY_HOST: url,
  },
  http: createHttpClient(net),
  signal: AbortSignal.timeout(10_000),
  once: createOnce(),
  aws: { credentials: () => Promise.resolve(keys) },
  googleToken: () => Promise.resolve("google-token"),
  endpoints: { aws: url, google: url, azure: url },
  ...more,
});
const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/key-AbCdEf";
const aws: Place = { kind: "aws", region: "eu-west-1", id: "inl1/key", known: false };
const google: Place = { kind: "google", project: "acme", secret: "inl1-key", known: false };
const azure: Place = { kind: "azure", vaultUrl: "https://acme.vault.azure.net", secret: "key", known: false };
const read = async (place: Place, ctx = context()) => (await openStore(ctx, place)).read();
const create = async (place: Place, ctx = context()) => (await openStore(ctx, place)).create("made");
const notThere = { status: 400, body: { __type: "ResourceNotFoundException", message: "no" } };

describe("AWS Secrets Manager", () => {
  it("is asked by a request that is signed as AWS checks it", async () => {
    answer = () => ({ body: { ARN: arn, SecretString: "välue" } });
    expect(await read(aws)).toEqual({ bytes: Buffer.from("välue"), address: arn });
    const { request, body } = calls[0] as Call;
    expect(JSON.parse(body)).toEqual({ SecretId: "inl1/key" });
    const given = String(request.headers.authorization);
    const date = String(request.headers["x-amz-date"]).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
    const names = (/SignedHeaders=([^,]+)/.exec(given)?.[1] ?? "").split(";");
    const signer = new SignatureV4({ credentials: keys, region: "eu-west-1", service: "secretsmanager", sha256: Hash });
    const again = await signer.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname: "127.0.0.1",
        path: "/",
        headers: Object.fromEntries(names.filter((name) => name !== "x-amz-date").map((name) => [name, String(request.headers[name])])),
        body,
      },
      { signingDate: new Date(date) },
    );
    expect(given).toBe(again.headers.authorization);
    expect(names).toContain("host");
  });

  it("gives bytes as they are, and nothing where there is no secret or no value", async () => {
    answer = () => ({ body: { ARN: arn, SecretBinary: Buffer.from([0, 255]).toString("base64") } });
    expect((await read(aws))?.bytes).toEqual(Buffer.from([0, 255]));
    answer = () => notThere;
    expect(await read(aws)).toBeUndefined();
  });

  it("keeps a first value under a new name, in a secret without one, and never in the place of another", async () => {
    answer = ({ target }) => (target === "CreateSecret" ? { body: { ARN: arn } } : undefined);
    expect(await create(aws)).toEqual({ bytes: Buffer.from("made"), address: arn });
    expect(JSON.parse(calls[0]?.body ?? "")).toMatchObject({ Name: "inl1/key", SecretString: "made" });
    const exists = { status: 400, body: { __type: "ResourceExistsException", message: "there" } };
    answer = ({ target }) => (target === "CreateSecret" ? exists : { body: { ARN: arn, SecretString: "theirs" } });
    expect((await create(aws)).bytes.toString()).toBe("theirs");
    expect(calls.map(({ target }) => target)).not.toContain("PutSecretValue");
    answer = ({ target }) => (target === "CreateSecret" ? exists : target === "PutSecretValue" ? { body: { ARN: arn } } : notThere);
    expect((await create(aws)).bytes.toString()).toBe("made");
    calls = [];
    expect((await create({ ...aws, id: arn, known: true })).bytes.toString()).toBe("made");
    expect(calls.map(({ target }) => target)).toEqual(["PutSecretValue"]);
  });

  it.each([
    ["AccessDeniedException", "not you", "forbidden", "Allow the runner's role secretsmanager:GetSecretValue on inl1/key"],
    ["AccessDeniedException", "Access to KMS is not allowed", "forbidden", "and kms:Decrypt on its key"],
    [
      "InvalidRequestException",
      "it was marked for deletion",
      "conflict",
      "aws secretsmanager restore-secret --secret-id inl1/key --region eu-west-1",
    ],
    ["ExpiredTokenException", "old", "unauthenticated", "the runner's AWS credentials are not accepted"],
    ["ThrottlingException", "slow down", "unavailable", "slow down"],
    ["Whatever", "strange", "upstream_failed", "Whatever"],
  ])("that answers %s (%s) is %s, and the way out is said", async (type, message, code, help) => {
    answer = () => ({ status: 400, body: { __type: type, message } });
    await expect(read(aws)).rejects.toMatchObject({ code, message: expect.stringContaining(help) as string });
  });

  it("is told of in words where there are no credentials, or nobody answers", async () => {
    const none = context({ aws: { credentials: () => Promise.reject(new Error("Could not load credentials")) } });
    await expect(read(aws, none)).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining("AWS_ACCESS_KEY_ID") as string,
    });
    await expect(read(aws, context({ endpoints: { aws: "http://127.0.0.1:1" } }))).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("Google Secret Manager", () => {
  it("gives the latest version, with the runner's token", async () => {
    answer = ({ path }) =>
      path === "/v1/projects/acme/secrets/inl1-key/versions/latest:access"
        ? { body: { payload: { data: Buffer.from("v").toString("base64") } } }
        : undefined;
    expect(await read(google)).toEqual({ bytes: Buffer.from("v"), address: "projects/acme/secrets/inl1-key" });
    expect(calls[0]?.request.headers.authorization).toBe("Bearer google-token");
    expect(await read({ ...google, secret: "other" })).toBeUndefined();
  });

  it("keeps a first value: the secret, then its version", async () => {
    answer = ({ method }) => (method === "POST" ? { body: {} } : undefined);
    await create(google);
    expect(calls.map(({ request }) => request.url)).toEqual([
      "/v1/projects/acme/secrets?secretId=inl1-key",
      "/v1/projects/acme/secrets/inl1-key:addVersion",
    ]);
    expect(JSON.parse(calls[1]?.body ?? "")).toEqual({ payload: { data: Buffer.from("made").toString("base64") } });
    const there = { body: { payload: { data: Buffer.from("theirs").toString("base64") } } };
    answer = ({ method }) => (method === "POST" ? { status: 409 } : there);
    expect((await create(google)).bytes.toString()).toBe("theirs");
  });

  it("that refuses says which permission is missing, or what is disabled", async () => {
    answer = () => ({ status: 403, body: { error: { code: 403, status: "PERMISSION_DENIED", message: "no" } } });
    await expect(read(google)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("secretmanager.versions.access") as string,
    });
    await expect(create(google)).rejects.toMatchObject({ message: expect.stringContaining("secretmanager.secrets.create") as string });
    answer = () => ({ status: 400, body: { error: { status: "FAILED_PRECONDITION", message: "disabled" } } });
    await expect(read(google)).rejects.toMatchObject({ code: "conflict" });
    answer = () => ({ status: 503 });
    await expect(read(google)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("Azure Key Vault", () => {
  it("gives the value, with a token for the vaults of its cloud that is fetched once", async () => {
    answer = () => ({ body: { value: "v" } });
    const ctx = context();
    expect(await read(azure, ctx)).toEqual({ bytes: Buffer.from("v"), address: "https://acme.vault.azure.net/secrets/key" });
    await read(azure, ctx);
    const tokens = calls.filter(({ path }) => path.endsWith("/token"));
    expect(tokens).toHaveLength(1);
    expect(new URLSearchParams(tokens[0]?.body).get("scope")).toBe("https://vault.azure.net/.default");
    expect(calls.at(-1)?.request.headers.authorization).toBe("Bearer azure-token");
    answer = () => undefined;
    expect(await read(azure)).toBeUndefined();
  });

  it("keeps a first value, and never in the place of another", async () => {
    answer = ({ method }) => (method === "PUT" ? { body: {} } : undefined);
    expect((await create(azure)).bytes.toString()).toBe("made");
    expect(JSON.parse(calls.at(-1)?.body ?? "")).toMatchObject({ value: "made" });
    answer = () => ({ body: { value: "theirs" } });
    expect((await create(azure)).bytes.toString()).toBe("theirs");
  });

  it("that refuses says which role is missing, or what was deleted", async () => {
    answer = () => ({ status: 403, body: { error: { code: "Forbidden", message: "no" } } });
    await expect(read(azure)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("Key Vault Secrets User") as string,
    });
    answer = ({ method }) =>
      method === "PUT" ? { status: 409, body: { error: { code: "Conflict", message: "deleted but recoverable" } } } : undefined;
    await expect(create(azure)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("recover it") as string });
  });
});

describe("the runner's directory", () => {
  const at = (name: string): Place => ({ kind: "directory", path: join(dir, name) });
  const put = (name: string, content: string, mode = 0o600): void => {
    writeFileSync(join(dir, name), content);
    chmodSync(join(dir, name), mode);
  };

  it("has a file for each secret; one line break at its end is no part of it", async () => {
    put("key", "line one\nline two\n");
    put("plain", "v\r\n", 0o640);
    expect(await read(at("key"))).toEqual({ bytes: Buffer.from("line one\nline two"), address: join(dir, "key") });
    expect((await read(at("plain")))?.bytes.toString()).toBe("v");
    expect(await read(at("none"))).toBeUndefined();
    expect(await read({ kind: "directory", path: join(dir, "no", "where") })).toBeUndefined();
  });

  it("that is open to everybody, or holds something else, is refused", async () => {
    put("open", "v", 0o644);
    await expect(read(at("open"))).rejects.toMatchObject({ code: "forbidden", message: expect.stringContaining("chmod 600") as string });
    await expect(read({ kind: "directory", path: dir })).rejects.toMatchObject({ code: "conflict" });
    put("large", "x".repeat(maxValueBytes + 3));
    await expect(read(at("large"))).rejects.toMatchObject({ code: "too_large" });
  });

  it("keeps a first value for the runner alone, leaves nothing beside it, and never replaces another", async () => {
    const path = join(dir, "new", "key");
    expect(await create({ kind: "directory", path })).toEqual({ bytes: Buffer.from("made"), address: path });
    expect(readFileSync(path, "utf8")).toBe("made");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    put("theirs", "theirs");
    expect((await create(at("theirs"))).bytes.toString()).toBe("theirs");
    expect(readdirSync(join(dir, "new"))).toEqual(["key"]);
    expect(readdirSync(dir).toSorted()).toEqual(["new", "theirs"]);
    await expect(create({ kind: "directory", path: join(dir, "theirs", "key") })).rejects.toMatchObject({ code: "forbidden" });
  });
});
