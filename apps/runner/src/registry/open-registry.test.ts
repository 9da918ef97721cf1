import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpClient } from "../net/request.ts";
import { openInstallRegistry, type RegistryContext } from "./open-registry.ts";

type Call = { request: IncomingMessage; path: string; body: string };
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

let server: Server;
let url: string;
let calls: Call[];
let answer: (call: Call) => Answer | undefined;

/** One server stands for the registry, its token server and the clouds' own. */
beforeEach(async () => {
  calls = [];
  answer = () => undefined;
  server = createServer((request, response) => {
    void (async () => {
      const call = { request, path: (request.url ?? "").split("?")[0] ?? "", body: await text(request) };
      calls.push(call);
      const { status = 200, body = {}, headers = {} } = answer(call) ?? registry(call) ?? { status: 404 };
      const { "content-type": type = "application/json" } = headers;
      response.writeHead(status, { ...headers, "content-type": type }).end(typeof body === "string" ? body : JSON.stringify(body));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A registry with a token server that gives out what it was asked with. */
function registry({ request, path }: Call): Answer | undefined {
  const credentials = request.headers.authorization ?? "";
  if (path === "/oauth2/token") return { body: { access_token: `t${Buffer.from(credentials).toString("base64url")}` } };
  if (!path.startsWith("/v2/")) return undefined;
  if (!credentials.startsWith("Bearer ")) {
    return { status: 401, headers: { "www-authenticate": `Bearer realm="${url}/oauth2/token",service="registry"` } };
  }
  return { body: { tags: ["v1"] } };
}

const roleAnswer = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;

const net = { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined, caFile: undefined };
const context = (env: Record<string, string> = {}): RegistryContext => ({
  config: { net } as RegistryContext["config"],
  env,
  http: createHttpClient(net),
  signal: AbortSignal.timeout(10_000),
});
const seen = (): string => {
  const given = calls.findLast(({ path }) => path === "/oauth2/token")?.request.headers.authorization ?? "";
  return Buffer.from(given.replace("Basic ", ""), "base64").toString();
};

describe("an install's registry", () => {
  it("of the plain kind takes its name and password, or none", async () => {
    const opened = await openInstallRegistry(context(), { kind: "plain", url, repository: "a/b", username: "me", password: "secret" });
    expect(await opened.client.listTags({ repository: "a/b" })).toEqual(["v1"]);
    expect(seen()).toBe("me:secret");
    expect(opened.host).toBe(new URL(url).host);
    const anonymous = await openInstallRegistry(context(), { kind: "plain", url, repository: "a/b" });
    await anonymous.client.listTags({ repository: "a/b" });
    expect(seen()).toBe("");
  });

  it("in ECR gets one token, in the role that it names, and its repository is made where it is missing", async () => {
    answer = ({ request, body }) => {
      if (body.includes("Action=AssumeRole")) return { body: roleAnswer, headers: { "content-type": "text/xml" } };
      const target = String(request.headers["x-amz-target"]);
      const type = { "content-type": "application/x-amz-json-1.1" };
      if (target.endsWith("GetAuthorizationToken"))
        return { body: { authorizationData: [{ authorizationToken: Buffer.from("AWS:pass:word").toString("base64") }] }, headers: type };
      if (target.endsWith("CreateRepository"))
        return { status: 400, body: { __type: "RepositoryAlreadyExistsException", message: "there" }, headers: type };
      return undefined;
    };
    const keys = { accessKeyId: "id", secretAccessKey: "secret" };
    const options = { ecr: { client: { endpoint: url, maxAttempts: 1, credentials: keys }, sts: { endpoint: url } } };
    const roleArn = "arn:aws:iam::123456789012:role/maintenance";
    const opened = await openInstallRegistry(
      context(),
      { kind: "ecr", url, repository: "team/app", region: "eu-west-1", roleArn },
      options,
    );
    await opened.ensureRepository();
    await opened.client.listTags({ repository: "team/app" });
    await opened.client.listTags({ repository: "team/app2" });
    expect(seen()).toBe("AWS:pass:word");
    expect(calls.filter(({ request }) => String(request.headers["x-amz-target"]).endsWith("Token"))).toHaveLength(1);
    const created = calls.find(({ request }) => String(request.headers["x-amz-target"]).endsWith("CreateRepository"));
    expect(JSON.parse(created?.body ?? "")).toEqual({ repositoryName: "team/app" });
    expect(created?.request.headers.authorization).toContain("Credential=ASIAROLE/");
    expect(calls[0]?.body).toContain(encodeURIComponent(roleArn));
  });

  it("in ECR that AWS does not let the runner use says which call was refused", async () => {
    answer = ({ request }) =>
      request.headers["x-amz-target"] === undefined
        ? undefined
        : { status: 400, body: { __type: "AccessDeniedException", message: "arn" } };
    const options = { ecr: { client: { endpoint: url, maxAttempts: 1, credentials: { accessKeyId: "id", secretAccessKey: "secret" } } } };
    const opened = await openInstallRegistry(context(), { kind: "ecr", url, repository: "team/app", region: "eu-west-1" }, options);
    await expect(opened.ensureRepository()).rejects.toMatchObject({
      code: "forbidden",
      message: "AWS did not allow the runner creating the repository team/app at ECR (AccessDeniedException)",
    });
  });

  it("in Artifact Registry takes a token of the runner's Google identity", async () => {
    answer = ({ path, body }) =>
      path === "/google-token" ? { body: { access_token: body.includes("federated") ? "ya29.token" : "", expires_in: 3600 } } : undefined;
    const dir = mkdtempSync(join(tmpdir(), "berth-gar-"));
    const file = join(dir, "token");
    writeFileSync(file, "federated");
    const credentials = {
      type: "external_account" as const,
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/runner",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${url}/google-token`,
      credential_source: { file },
    };
    writeFileSync(join(dir, "key.json"), JSON.stringify(credentials));
    const google = { keyFilename: join(dir, "key.json") };
    const opened = await openInstallRegistry(context(), { kind: "gar", url, repository: "project/app" }, { google });
    await opened.client.listTags({ repository: "project/app" });
    expect(seen()).toBe("oauth2accesstoken:ya29.token");
    rmSync(dir, { recursive: true });
  });

  it.each([
    ["a client secret", { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" }, "client_secret=s"],
    [
      "a federated token",
      { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_FEDERATED_TOKEN_FILE: "TOKEN" },
      "client_assertion=federated",
    ],
    ["the machine's identity", {}, ""],
  ])("in ACR takes a token of %s and exchanges it", async (_, env, expected) => {
    answer = ({ path, body, request }) => {
      if (path === "/t/oauth2/v2.0/token") return { body: { access_token: "aad" } };
      if (path === "/metadata/identity/oauth2/token")
        return request.headers["metadata"] === "true" ? { body: { access_token: "aad" } } : { status: 400 };
      if (path === "/oauth2/exchange") return body.includes("access_token=aad") ? { body: { refresh_token: "refresh" } } : { status: 401 };
      return undefined;
    };
    const dir = mkdtempSync(join(tmpdir(), "berth-acr-"));
    writeFileSync(join(dir, "token"), "federated\n");
    const full = {
      ...env,
      AZURE_AUTHORITY_HOST: url,
      ...("AZURE_FEDERATED_TOKEN_FILE" in env && { AZURE_FEDERATED_TOKEN_FILE: join(dir, "token") }),
    };
    const opened = await openInstallRegistry(context(full), { kind: "acr", url, repository: "app" }, { imds: url });
    await opened.client.listTags({ repository: "app" });
    expect(seen()).toBe("00000000-0000-0000-0000-000000000000:refresh");
    expect(calls[0]?.body).toContain(expected);
    rmSync(dir, { recursive: true });
  });

  it("in ACR that does not know the identity says which role it needs", async () => {
    answer = ({ path }) => {
      if (path === "/metadata/identity/oauth2/token") return { body: { access_token: "aad" } };
      return path === "/oauth2/exchange" ? { status: 401 } : undefined;
    };
    const attempt = openInstallRegistry(context(), { kind: "acr", url, repository: "app" }, { imds: url });
    await expect(attempt).rejects.toMatchObject({ code: "forbidden", message: expect.stringContaining("AcrPush") as string });
  });
});
