import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";

export const pullCredentialSchema = z.object({
  id: z.string(),
  installId: z.string(),
  name: z.string(),
  kind: z.enum(["cluster", "person"]).describe("`cluster`: made for the secret `berth-registry` that runners write"),
  createdBy: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.optional(),
  revokedAt: timestamp.optional(),
  lastUsedAt: timestamp.optional().describe("Exact to a minute"),
});

const install = z.object({ installId: z.string().max(64) });

export const pullCredentialsContract = {
  "installs.pullCredentials.list": route({
    method: "GET",
    path: "/v1/installs/:installId/pull-credentials",
    tag: "installs",
    summary: "List an install's pull credentials, newest first",
    params: install,
    query: pageQuery,
    body: none,
    response: pageOf(pullCredentialSchema),
  }),
  "installs.pullCredentials.create": route({
    method: "POST",
    path: "/v1/installs/:installId/pull-credentials",
    tag: "installs",
    summary: "Make a credential that pulls an install's images and artifacts from this registry, and nothing else",
    description:
      "It reaches the repositories of what the install's pinned app config, its open workflows and what stands consist of. `password`, also inside of `dockerConfig`, is shown in this answer and never again; only its hash is stored.",
    params: install,
    query: none,
    body: z.object({
      name: z.string().trim().min(1).max(100),
      expiresInDays: z.number().int().min(1).max(3650).optional().describe("Left out: it does not expire"),
    }),
    response: z.object({
      credential: pullCredentialSchema,
      server: z.string().describe("The registry's host, as images name it"),
      username: z.string(),
      password: z.string(),
      dockerConfig: z.string().describe("JSON for `config.json` or an image pull secret"),
    }),
    status: 201,
  }),
  "installs.pullCredentials.revoke": route({
    method: "DELETE",
    path: "/v1/installs/:installId/pull-credentials/:credentialId",
    tag: "installs",
    summary: "Revoke a pull credential, at once and for good",
    description: "Where it is the one in the cluster, the next plan of each component that uses it shows that it gets a new one.",
    params: install.extend({ credentialId: z.string().max(64) }),
    query: none,
    body: none,
    response: none,
    status: 204,
  }),
};
