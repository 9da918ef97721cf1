import { readFileSync } from "node:fs";
import { AppError } from "@berth/kit/errors";
import { z } from "zod";
import type { HttpClient } from "../net/request.ts";

/** Where an Azure token comes from: a job's environment, and a way out. `imds` is the machine's own address for it. */
export type AzureContext = { env: Readonly<Record<string, string | undefined>>; http: HttpClient; signal: AbortSignal; imds?: string };

const TokenAnswer = z.object({ access_token: z.string().min(1) });
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * An access token of the runner's Azure identity: a client secret or a federated token (workload identity) from the usual `AZURE_…` variables, else the machine's
 * managed identity.
 * @param input.scope e.g. `https://management.azure.com/.default`
 * @throws AppError `unauthenticated` that names the identity that was tried and what to set
 */
export async function azureToken(ctx: AzureContext, input: { scope: string; tenantId?: string | undefined }): Promise<string> {
  const { env } = ctx;
  const tenant = input.tenantId ?? env.AZURE_TENANT_ID;
  const client = env.AZURE_CLIENT_ID;
  const secret = env.AZURE_CLIENT_SECRET;
  const file = env.AZURE_FEDERATED_TOKEN_FILE;
  if (tenant !== undefined && client !== undefined && (secret !== undefined || file !== undefined)) {
    const authority = (env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com").replace(/\/+$/, "");
    const proof: Record<string, string> =
      secret === undefined
        ? { client_assertion_type: assertionType, client_assertion: readFileSync(file ?? "", "utf8").trim() }
        : { client_secret: secret };
    const body = new URLSearchParams({ grant_type: "client_credentials", client_id: client, scope: input.scope, ...proof });
    const url = `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
    return ask(ctx, `the identity ${client} of tenant ${tenant}`, { method: "POST", url, body });
  }
  const url = new URL("/metadata/identity/oauth2/token", ctx.imds ?? "http://169.254.169.254");
  url.searchParams.set("api-version", "2018-02-01");
  url.searchParams.set("resource", input.scope.replace(/\/\.default$/, ""));
  if (client !== undefined) url.searchParams.set("client_id", client);
  return ask(ctx, "the managed identity of this machine", { method: "GET", url: url.href });
}

async function ask(ctx: AzureContext, who: string, request: { method: string; url: string; body?: URLSearchParams }): Promise<string> {
  const help =
    "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE, or give the machine an identity";
  const { body } = request;
  const answer = await ctx
    .http({
      method: request.method,
      url: request.url,
      headers: body ? { "content-type": "application/x-www-form-urlencoded" } : { metadata: "true" },
      ...(body ? { body: body.toString() } : {}),
      signal: ctx.signal,
      idleMs: 10_000,
      maxBytes: 256 * 1024,
    })
    .catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      throw new AppError("unauthenticated", `Azure gave no token to ${who}: it can't be reached. ${help}`, {}, { cause: error });
    });
  const parsed = answer.status === 200 ? TokenAnswer.safeParse(json(answer.body)) : undefined;
  if (!parsed?.success) throw new AppError("unauthenticated", `Azure gave no token to ${who} (${answer.status}). ${help}`);
  return parsed.data.access_token;
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
