import { AppError } from "@berth/kit/errors";
import { azureToken } from "../../../cloud/azure-token.ts";
import { valueIn } from "../../../cloud/text-field.ts";
import type { Place } from "../choose-place.ts";
import { rest, type RestAnswer } from "./rest.ts";
import type { Found, Store, StoreContext } from "./store.ts";

type AzurePlace = Extract<Place, { kind: "azure" }>;
const version = "api-version=7.4";

/** A secret of an Azure Key Vault, with the runner's Azure identity. */
export async function azureStore(ctx: StoreContext, place: AzurePlace): Promise<Store> {
  const { vaultUrl, secret } = place;
  // acme.vault.azure.net: the vaults of one cloud have one scope.
  const [, ...domain] = new URL(vaultUrl).hostname.split(".");
  const scope = `https://${domain.join(".")}/.default`;
  const token = await ctx.once(`azure ${scope} ${place.tenantId}`, () => azureToken(ctx, { scope, tenantId: place.tenantId }));
  const address = `${vaultUrl}/secrets/${secret}`;
  const url = `${ctx.endpoints?.azure ?? vaultUrl}/secrets/${secret}?${version}`;

  async function read(): Promise<Found | undefined> {
    const answer = await rest(ctx, { method: "GET", url, token });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(answer, { address, verb: "reading", permission: "get" });
    return { bytes: Buffer.from(valueIn(answer.body, "value", address), "utf8"), address };
  }

  return {
    read,
    async create(text) {
      const there = await read();
      if (there) return there;
      const put = await rest(ctx, { method: "PUT", url, token, body: { value: text, tags: { "managed-by": "berth" } } });
      if (put.status !== 200) throw refused(put, { address, verb: "setting", permission: "set" });
      return { bytes: Buffer.from(text, "utf8"), address };
    },
  };
}

function refused(answer: RestAnswer, what: { address: string; verb: string; permission: "get" | "set" }): AppError {
  const said = `Azure Key Vault refused ${what.verb} ${what.address} (${answer.error || answer.status})`;
  const role = what.permission === "get" ? "Key Vault Secrets User" : "Key Vault Secrets Officer";
  if (answer.status === 403) {
    if (/SecretDisabled/.test(answer.error)) return new AppError("conflict", `${said}. Enable it`);
    return new AppError(
      "forbidden",
      `${said}. Give the runner's identity the role "${role}" (or the secret permission "${what.permission}") on the vault, and let the vault's firewall through`,
    );
  }
  if (answer.status === 409) return new AppError("conflict", `${said}. It was deleted and can be recovered: recover it, or purge it`);
  return new AppError("upstream_failed", said);
}
