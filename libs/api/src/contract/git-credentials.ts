import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

export const gitCredentialSchema = z.object({
  id: z.string(),
  urlPrefix: z.string().describe("Used for this repository URL and all below it; the longest prefix wins"),
  username: z.string(),
  kind: z.enum(["password", "ssh_key"]),
  createdAt: timestamp,
});

export const gitCredentialsContract = {
  "gitCredentials.create": route({
    method: "POST",
    path: "/v1/git-credentials",
    tag: "git-credentials",
    summary: "Store what git logs in with at private repositories",
    description: "Used for `connected_repo` sources. The secret is encrypted and cannot be read back.",
    params: none,
    query: none,
    body: z.object({
      urlPrefix: z
        .string()
        .min(1)
        .max(1000)
        .describe("`https://github.com/acme` with a password, `ssh://git.example.com` with a private key"),
      username: z.string().min(1).max(200).optional().describe("Default `git`; most hosts take any name with a token"),
      password: z.string().min(1).max(10_000).optional(),
      privateKey: z.string().min(1).max(20_000).optional().describe("OpenSSH or PEM, without a passphrase"),
      knownHosts: z.string().max(20_000).optional().describe("Lines of a known_hosts file; without them the first host key seen is kept"),
    }),
    response: gitCredentialSchema,
    status: 201,
  }),
  "gitCredentials.list": route({
    method: "GET",
    path: "/v1/git-credentials",
    tag: "git-credentials",
    summary: "List git credentials, without their secrets",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(gitCredentialSchema) }),
  }),
  "gitCredentials.delete": route({
    method: "DELETE",
    path: "/v1/git-credentials/:credentialId",
    tag: "git-credentials",
    summary: "Forget a git credential",
    params: z.object({ credentialId: z.string().max(100) }),
    query: none,
    body: none,
    response: none,
    status: 204,
  }),
};
