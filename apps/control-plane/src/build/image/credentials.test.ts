import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { OAuth2Client } from "google-auth-library";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialsFor } from "./credentials.ts";

const roleArn = "arn:aws:iam::123456789012:role/berth-pull";
const role = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const denied = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`;
let server: Server;
let endpoint: string;
let calls: { body: string; authorization: string }[];
let allows: boolean;

/** Speaks as much of STS and ECR as the real SDK needs. */
beforeEach(async () => {
  calls = [];
  allows = true;
  server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      if (request.url?.startsWith("/v1/projects")) {
        calls.push({ body: request.url, authorization: request.headers.authorization ?? "" });
        const answer = allows
          ? { accessToken: "ya29.web", expireTime: "2999-01-01T00:00:00Z" }
          : { error: { status: "PERMISSION_DENIED", message: "no" } };
        return void response.writeHead(allows ? 200 : 403, { "content-type": "application/json" }).end(JSON.stringify(answer));
      }
      calls.push({ body, authorization: request.headers.authorization ?? "" });
      const sts = body.includes("Action=AssumeRole");
      const type = sts ? "text/xml" : "application/x-amz-json-1.1";
      const token = JSON.stringify({ authorizationData: [{ authorizationToken: Buffer.from("AWS:pass:word").toString("base64") }] });
      response.writeHead(sts && !allows ? 403 : 200, { "content-type": type }).end(sts ? (allows ? role : denied) : token);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const ask = (host: string) =>
  credentialsFor({
    orgId: "org1",
    host,
    source: { kind: "aws_ecr", imageUrl: `${host}/web`, region: "eu-west-1", iamRoleArn: roleArn },
    signal: AbortSignal.timeout(10_000),
    alone: () => Promise.resolve(false),
    options: { aws: { endpoint, maxAttempts: 1, credentials: { accessKeyId: "id", secretAccessKey: "secret" } }, sts: { endpoint } },
  });
const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

describe("credentials of an image in ECR", () => {
  it("are those of the role, which is entered for the organisation that asks", async () => {
    expect(await ask(host)).toEqual({ username: "AWS", password: "pass:word" });
    const asked = new URLSearchParams(calls[0]?.body);
    expect(Object.fromEntries(asked)).toMatchObject({ RoleArn: roleArn, ExternalId: "org1", DurationSeconds: "1800" });
    expect(calls[1]?.authorization).toContain("Credential=ASIAROLE/");
  });

  it("that AWS does not give say what the role must allow", async () => {
    allows = false;
    await expect(ask(host)).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/role arn:aws:iam::123456789012:role\/berth-pull.*AccessDenied.*external id org1/) as string,
    });
  });

  it("go to no other host", async () => {
    for (const other of ["example.org", "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org", "ecr.amazonaws.com"])
      await expect(ask(other)).rejects.toMatchObject({ code: "unprocessable" });
    expect(calls).toEqual([]);
  });
});

describe("credentials of an image in Artifact Registry", () => {
  const askGoogle = (more: object, alone = true) =>
    credentialsFor({
      orgId: "org1",
      host: "europe-west1-docker.pkg.dev",
      source: { kind: "gcp_gar", imageUrl: "x", gcpProjectId: "p", region: "europe-west1", ...more },
      signal: AbortSignal.timeout(10_000),
      alone: () => Promise.resolve(alone),
      options: { google: { auth: { authClient: controlPlane }, endpoint } },
    });
  const controlPlane = new OAuth2Client({ credentials: { access_token: "own", expiry_date: Date.now() + 3_600_000 } });
  const serviceAccountEmail = "pull@p.iam.gserviceaccount.com";

  it("are those of the service account that the control plane may act as, or none", async () => {
    expect(await askGoogle({})).toBeUndefined();
    expect(await askGoogle({ serviceAccountEmail })).toEqual({ username: "oauth2accesstoken", password: "ya29.web" });
    expect(calls).toEqual([
      { body: `/v1/projects/-/serviceAccounts/${serviceAccountEmail}:generateAccessToken`, authorization: "Bearer own" },
    ]);
  });

  it("that Google does not give say which role is missing", async () => {
    allows = false;
    await expect(askGoogle({ serviceAccountEmail })).rejects.toThrow(/PERMISSION_DENIED.*serviceAccountTokenCreator/);
  });

  it("are not given where another organisation could ask for them", async () => {
    await expect(askGoogle({ serviceAccountEmail }, false)).rejects.toThrow(/several organisations/);
    await expect(askGoogle({ workloadIdentityProvider: "x" })).rejects.toThrow(/issues no identity tokens/);
    expect(calls).toEqual([]);
  });
});
