import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import { describe, expect, it } from "vitest";
import { factsOfSecrets, secretsTree, type SecretRow } from "./tree.ts";

const secret = (name: string, more: Partial<SecretDefinition> = {}): SecretDefinition => ({
  file: "secrets.toml",
  name,
  description: "",
  required: false,
  autoGenerate: false,
  format: "",
  kubernetesSyncTargets: [],
  ...more,
});
const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:inl1/key-AbCdEf";
const row: SecretRow = {
  name: "key",
  source: "aws_secrets_manager",
  address: arn,
  found: true,
  length: 12,
  changed_at: "2030-01-02T03:04:05+00:00",
  targets: [{ namespace: "web", name: "key", key: "k", change: "created" }],
};

describe("what templates know of a secret", () => {
  it("is where it is and where it goes, before the first sync too; its value never", () => {
    const declared = [secret("key", { kubernetesSyncTargets: [{ namespaces: ["api", "web"], name: "keys", key: "k" }] }), secret("plain")];
    const none = { exists: false, timestamp: "", length: 0 };
    const nowhere = {
      kubernetes_namespace: "",
      kubernetes_name: "",
      kubernetes_key: "",
      kubernetes_secret_namespace: "",
      kubernetes_secret_name: "",
    };
    expect(secretsTree(factsOfSecrets(declared, []), { sandbox: { outputs: { key_arn: arn } } })).toEqual({
      key: {
        name: "key",
        id: arn,
        arn,
        ...none,
        kubernetes_namespace: "api",
        kubernetes_name: "keys",
        kubernetes_key: "k",
        kubernetes_secret_namespace: "api",
        kubernetes_secret_name: "keys",
      },
      plain: { name: "plain", id: "", arn: "", ...none, ...nowhere },
    });
    expect(secretsTree(factsOfSecrets(declared, [row]), {})["key"]).toMatchObject({
      arn,
      exists: true,
      timestamp: "2030-01-02T03:04:05.000Z",
      length: 12,
      kubernetes_namespace: "web",
      kubernetes_name: "key",
    });
  });

  it("has no path of the runner's machine", () => {
    const facts = factsOfSecrets([secret("key")], [{ ...row, source: "directory", address: "/etc/secrets/key" }]);
    expect(secretsTree(facts, {})["key"]).toMatchObject({ arn: "", exists: true });
  });
});
