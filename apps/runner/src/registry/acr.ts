import { AppError } from "@berth/kit/errors";
import type { RegistryAuth } from "@berth/oci/client";
import type { InstallRegistry } from "@berth/protocol/job-spec";
import { z } from "zod";
import { azureToken, type AzureContext } from "../cloud/azure-token.ts";

const ExchangeAnswer = z.object({ refresh_token: z.string().min(1) });
// The name that says: the password is a refresh token.
const username = "00000000-0000-0000-0000-000000000000";

/**
 * Credentials for an Azure registry: the runner's Azure token exchanged for the registry's refresh token, which its token server takes as a password.
 * @throws AppError `unauthenticated`, `forbidden` where the identity has no role at the registry
 */
export async function openAcr(ctx: AzureContext, registry: Extract<InstallRegistry, { kind: "acr" }>): Promise<RegistryAuth> {
  const { url, tenantId } = registry;
  const token = await azureToken(ctx, { scope: "https://management.azure.com/.default", tenantId });
  const { host, origin } = new URL(url);
  const body = new URLSearchParams({
    grant_type: "access_token",
    service: host,
    access_token: token,
    ...(tenantId && { tenant: tenantId }),
  });
  const answer = await ctx.http({
    method: "POST",
    url: `${origin}/oauth2/exchange`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: body.toString(),
    signal: ctx.signal,
    maxBytes: 256 * 1024,
  });
  const parsed = answer.status === 200 ? ExchangeAnswer.safeParse(JSON.parse(answer.body.toString())) : undefined;
  if (!parsed?.success)
    throw new AppError(
      answer.status === 401 || answer.status === 403 ? "forbidden" : "upstream_failed",
      `The registry ${host} did not accept the runner's Azure identity (${answer.status}). Give it the role AcrPush there`,
    );
  return { username, password: parsed.data.refresh_token };
}
