import { AppError } from "@berth/kit/errors";
import { googleToken } from "../../../cloud/google-token.ts";
import { valueIn } from "../../../cloud/text-field.ts";
import type { Place } from "../choose-place.ts";
import { asFields, rest, type RestAnswer } from "./rest.ts";
import type { Found, Store, StoreContext } from "./store.ts";

type GooglePlace = Extract<Place, { kind: "google" }>;

/** A secret of Google Secret Manager, with the runner's application default credentials. */
export async function googleStore(ctx: StoreContext, place: GooglePlace): Promise<Store> {
  const { project, secret } = place;
  const token = await ctx.once("google", () => (ctx.googleToken ?? googleToken)());
  const base = ctx.endpoints?.google ?? "https://secretmanager.googleapis.com";
  const name = `projects/${project}/secrets/${secret}`;
  const at = `${base}/v1/projects/${encodeURIComponent(project)}/secrets`;
  const call = (method: "GET" | "POST", url: string, body?: object): Promise<RestAnswer> =>
    rest(ctx, { method, url, token, ...(body ? { body } : {}) });

  async function read(): Promise<Found | undefined> {
    const answer = await call("GET", `${at}/${secret}/versions/latest:access`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(answer, { name, verb: "reading", permission: "secretmanager.versions.access" });
    return { bytes: Buffer.from(valueIn(asFields(answer.body["payload"]), "data", name), "base64"), address: name };
  }

  return {
    read,
    async create(text) {
      if (!place.known) {
        const made = await call("POST", `${at}?secretId=${encodeURIComponent(secret)}`, {
          replication: { automatic: {} },
          labels: { "managed-by": "berth" },
        });
        if (made.status !== 200 && made.status !== 409)
          throw refused(made, { name, verb: "creating", permission: "secretmanager.secrets.create" });
        const there = made.status === 409 ? await read() : undefined;
        if (there) return there;
      }
      const bytes = Buffer.from(text, "utf8");
      const added = await call("POST", `${at}/${secret}:addVersion`, { payload: { data: bytes.toString("base64") } });
      if (added.status === 404) throw new AppError("not_found", `There is no secret ${name}, though an output of the install names it`);
      if (added.status !== 200) throw refused(added, { name, verb: "adding a version to", permission: "secretmanager.versions.add" });
      return { bytes, address: name };
    },
  };
}

function refused(answer: RestAnswer, what: { name: string; verb: string; permission: string }): AppError {
  const said = `Google Secret Manager refused ${what.verb} ${what.name} (${answer.error || answer.status})`;
  if (answer.status === 403) return new AppError("forbidden", `${said}. Grant the runner's service account ${what.permission} on it`);
  if (answer.error.startsWith("FAILED_PRECONDITION"))
    return new AppError("conflict", `${said}. Its latest version is disabled or destroyed: enable it, or add a version`);
  return new AppError("upstream_failed", said);
}
