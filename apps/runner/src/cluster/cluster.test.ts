import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkKubeconfig } from "./check-kubeconfig.ts";
import { readObjects } from "./documents.ts";
import { eksToken } from "./eks-token.ts";
import { containerTroubles } from "./explain-unready.ts";
import { verdictOf } from "./readiness.ts";

const eks = { kind: "eks" as const, server: "https://x.eks.amazonaws.com", name: "prod", region: "eu-west-1" };
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

describe("a token for EKS", () => {
  it("is a request to STS, signed with the runner's keys for that cluster and no longer than a minute", async () => {
    const now = new Date("2026-11-26T12:00:00Z");
    const token = await eksToken(eks, { credentials: () => Promise.resolve({ ...keys, sessionToken: "session/+=" }), now });
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString());
    expect(url.host).toBe("sts.eu-west-1.amazonaws.com");
    const query = url.searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      Action: "GetCallerIdentity",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
      "X-Amz-Security-Token": "session/+=",
      "X-Amz-Credential": "AKIDEXAMPLE/20261126/eu-west-1/sts/aws4_request",
    });
    // The signature as AWS describes it, worked out by hand.
    const encode = (text: string): string =>
      encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
    const canonicalQuery = [...query]
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .toSorted()
      .join("&");
    const emptyHash = createHash("sha256").update("").digest("hex");
    const canonical = ["GET", "/", canonicalQuery, `host:${url.host}`, "x-k8s-aws-id:prod", "", "host;x-k8s-aws-id", emptyHash].join("\n");
    const scope = "20261126/eu-west-1/sts/aws4_request";
    const toSign = ["AWS4-HMAC-SHA256", "20261126T120000Z", scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
    const key = scope
      .split("/")
      .reduce<Buffer>((secret, part) => createHmac("sha256", secret).update(part).digest(), Buffer.from(`AWS4${keys.secretAccessKey}`));
    expect(query.get("X-Amz-Signature")).toBe(createHmac("sha256", key).update(toSign).digest("hex"));
  });

  it("is made in the role that the cluster names", async () => {
    const asked: string[] = [];
    const sts = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push(body);
        const expires = new Date(Date.now() + 3_600_000).toISOString();
        response.setHeader("content-type", "text/xml");
        response.end(
          `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        );
      });
    });
    sts.listen(0, "127.0.0.1");
    await once(sts, "listening");
    try {
      const endpoint = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
      const token = await eksToken(
        { ...eks, roleArn: "arn:aws:iam::123456789012:role/deploy" },
        { credentials: () => Promise.resolve(keys), sts: { endpoint } },
      );
      expect(asked.join()).toContain(encodeURIComponent("arn:aws:iam::123456789012:role/deploy"));
      expect(Buffer.from(token.slice(11), "base64url").toString()).toContain("ASIAROLE");
    } finally {
      sts.close();
    }
  });
});

describe("a kubeconfig that came as an output", () => {
  const config = (user: object, cluster: object = {}): string =>
    JSON.stringify({
      contexts: [
        { name: "a", context: { cluster: "c", user: "u", namespace: "web" } },
        { name: "b", context: { cluster: "d", user: "none" } },
      ],
      "current-context": "a",
      users: [{ name: "u", user }],
      clusters: [
        { name: "c", cluster: { server: "https://c.example", ...cluster } },
        { name: "d", cluster: { server: "https://d.example" } },
      ],
    });
  it("is written anew with the one context that is used, and tells what is secret", () => {
    const { contents, secrets } = checkKubeconfig(config({ token: "t0ken", extensions: [] }, { "certificate-authority-data": "Q0E=" }));
    expect(parse(contents)).toEqual({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "berth",
      contexts: [{ name: "berth", context: { cluster: "berth", user: "berth", namespace: "web" } }],
      clusters: [{ name: "berth", cluster: { server: "https://c.example", "certificate-authority-data": "Q0E=" } }],
      users: [{ name: "berth", user: { token: "t0ken" } }],
    });
    expect(secrets).toEqual(["t0ken"]);
    const other = checkKubeconfig(config({ token: "t0ken" }), "b").contents;
    expect(other).toContain("https://d.example");
    expect(other).not.toContain("t0ken");
    expect(() => checkKubeconfig(config({ token: "t" }), "c")).toThrow('no context "c"; it has a, b');
    expect(() => checkKubeconfig("contexts: []")).toThrow("names no current-context");
  });
  it("is refused where it would run a program or read a file of the runner", () => {
    for (const user of [
      { exec: { command: "sh" } },
      { "auth-provider": {} },
      { tokenFile: "/etc/shadow" },
      { "client-key": "/k" },
      { "client-certificate": "/c" },
    ])
      expect(() => checkKubeconfig(config(user))).toThrow(/would run a program or read a file/);
    expect(() => checkKubeconfig(config({}, { "certificate-authority": "/etc/passwd" }))).toThrow("certificate-authority-data");
    expect(() => checkKubeconfig("[]")).toThrow("is no map");
    expect(() => checkKubeconfig("a: [")).toThrow("is not YAML");
  });
  it("is refused too where that is hidden from some readers of YAML, or is none of what is known", () => {
    const hidden = config({ x: 1 }).replace('{"x":1}', "{<<: {exec: {command: sh}}}");
    expect(() => checkKubeconfig(hidden)).toThrow("users[].user.exec");
    expect(() => checkKubeconfig(config({ Exec: { command: "sh" } }))).toThrow("users[].user.Exec, which is not known here");
    expect(() => checkKubeconfig(config({ token: { exec: {} } }))).toThrow("users[].user.token");
    expect(() => checkKubeconfig(config({}, { server: "file:///etc/passwd" }))).toThrow("clusters[].cluster.server");
    expect(() => checkKubeconfig(`${config({})}\n---\nusers: []\n`)).toThrow("is not YAML");
  });
});

const object = (kind: string, more: object) => ({ apiVersion: "v1", kind, metadata: { name: "x", generation: 2 }, ...more });

describe("readiness", () => {
  it.each([
    ["Deployment", { spec: { replicas: 2 }, status: { observedGeneration: 1 } }, "waiting", "its controller has not seen the change yet"],
    [
      "Deployment",
      { spec: { replicas: 2 }, status: { observedGeneration: 2, updatedReplicas: 1 } },
      "waiting",
      "1 of 2 replicas are of the new version",
    ],
    [
      "Deployment",
      { spec: { replicas: 2 }, status: { observedGeneration: 2, updatedReplicas: 2, replicas: 3 } },
      "waiting",
      "1 replicas of the old version are still there",
    ],
    [
      "Deployment",
      { spec: { replicas: 2 }, status: { observedGeneration: 2, updatedReplicas: 2, replicas: 2, availableReplicas: 2 } },
      "ready",
      "",
    ],
    [
      "Deployment",
      {
        spec: {},
        status: { conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "too slow" }] },
      },
      "failed",
      "too slow",
    ],
    ["StatefulSet", { spec: { replicas: 1 }, status: { readyReplicas: 0 } }, "waiting", "0 of 1 replicas are ready"],
    ["DaemonSet", { spec: {}, status: { observedGeneration: 2, desiredNumberScheduled: 0 } }, "ready", ""],
    [
      "Job",
      { status: { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "m" }] } },
      "failed",
      "BackoffLimitExceeded: m",
    ],
    ["Job", { status: {} }, "waiting", "it has not completed yet"],
    ["PersistentVolumeClaim", { status: { phase: "Pending" } }, "waiting", "it is not bound to a volume"],
    ["Service", { spec: { type: "LoadBalancer" }, status: {} }, "waiting", "its load balancer has no address yet"],
    ["Service", { spec: { type: "ClusterIP" } }, "ready", ""],
    ["ConfigMap", {}, "ready", ""],
    ["Boat", { status: { conditions: [{ type: "Ready", status: "False", message: "leaks" }] } }, "waiting", "leaks"],
    ["Boat", { status: { conditions: [{ type: "Stalled", status: "True", message: "aground" }] } }, "failed", "aground"],
  ])("of a %s: %o is %s", (kind, more, state, why) => {
    expect(verdictOf(object(kind, more))).toEqual(state === "ready" ? { state } : { state, why });
  });

  it("that does not come is explained by the pod's containers", () => {
    const pod = object("Pod", {
      status: {
        containerStatuses: [
          { name: "a", state: { waiting: { reason: "ContainerCreating" } } },
          {
            name: "b",
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
            lastState: { terminated: { exitCode: 7 } },
          },
          { name: "c", state: { terminated: { exitCode: 3, reason: "Error" } } },
        ],
      },
    });
    expect(containerTroubles(pod)).toEqual([
      { container: "b", what: "CrashLoopBackOff (exit code 7): back-off", logs: "previous" },
      { container: "c", what: "Error with exit code 3", logs: "current" },
    ]);
  });
});

describe("YAML documents", () => {
  const refusal = (text: string): string => {
    try {
      readObjects(text, "the manifest");
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  it("become objects, lists opened up and empty ones left out", () => {
    const text =
      "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n- {apiVersion: v1, kind: B, metadata: {name: b}}\n---\n";
    expect(readObjects(text, "m").map(({ object: each, where }) => [each.kind, where])).toEqual([
      ["A", "item 1 of document 2 of m (line 4)"],
      ["B", "item 2 of document 2 of m (line 4)"],
    ]);
  });
  it("are refused by document and line", () => {
    expect(refusal("kind: A\n---\n- a\n")).toMatch(/document 1 of the manifest \(line 1\) has no apiVersion/);
    expect(refusal("apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n- a\n")).toMatch(
      /document 2 of the manifest \(line 5\) is no Kubernetes object: it is a list/,
    );
    expect(refusal("apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n")).toContain("generateName");
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
      .split("")
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index]}`).join(",")}]`)
      .join("\n")}\n`;
    expect(refusal(bomb)).toMatch(/can't be read: .*alias/i);
  });
});
