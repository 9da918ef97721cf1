import type { JobSpec } from "@berth/protocol/job-spec";
import type { KubernetesProbe } from "@berth/protocol/specs/health";
import { sql } from "kysely";
import type { Ctx } from "../context.ts";
import { openSpec } from "../jobs/spec.ts";
import { hideTexts } from "../workflows/render-text.ts";

/** Components that were deployed, in whatever state that has left them, and are not being removed just now. */
export async function standingComponents(ctx: Ctx, installId: string): Promise<Set<string>> {
  const { rows } = await sql<{ target: string }>`
    select t.target from install_targets t
    where t.install_id = ${installId} and t.target like 'component:%' and t.state in ('active', 'error')
      and not exists (
        select from workflows w join steps s on s.workflow_id = w.id
        where w.install_id = ${installId} and w.state in ('running', 'awaiting_approval')
          and s.target = t.target and s.kind = 'component.apply' and s.state = 'running' and s.params ->> 'destroy' = 'true')`.execute(
    ctx.db,
  );
  return new Set(rows.map(({ target }) => target.replace("component:", "")));
}

/** Where a deploy has put its objects. */
type Place = Pick<KubernetesProbe, "namespace" | "made">;

/** A place, and whether nothing in it was made of a sensitive value. */
export type FoundPlace = { place: Place; open: boolean };

/** Where the objects of components are, as their last plan had it: the config may tell of another place by now. */
export async function placesOf(ctx: Ctx, input: { installId: string; components: readonly string[] }): Promise<Map<string, FoundPlace>> {
  if (input.components.length === 0) return new Map();
  const rows = await ctx.db
    .selectFrom("install_targets")
    .innerJoin("jobs", "jobs.id", "install_targets.plan_job_id")
    .select(["install_targets.target", "jobs.id", "jobs.spec_enc"])
    .where("install_targets.install_id", "=", input.installId)
    .where(
      "install_targets.target",
      "in",
      input.components.map((name) => `component:${name}`),
    )
    .where("jobs.kind", "in", ["helm.plan", "kubernetes.plan"])
    .execute();
  return new Map(
    rows.flatMap(({ target, id, spec_enc: sealed }): [string, FoundPlace][] => {
      const { spec, redact } = openSpec(ctx.system.vault, id, sealed);
      const place = placeOf(spec);
      if (!place) return [];
      const text = JSON.stringify(place);
      return [[target.replace("component:", ""), { place, open: hideTexts(text, redact) === text }]];
    }),
  );
}

/** Nowhere where it was to be removed. */
function placeOf(spec: JobSpec): Place | undefined {
  if (spec.kind === "helm.plan" && !spec.destroy) {
    const { namespace, releaseName, storageDriver } = spec;
    return { namespace, made: { by: "release", releaseName, storageDriver } };
  }
  if (spec.kind === "kubernetes.plan" && !spec.destroy)
    return { namespace: spec.namespace, made: { by: "inventory", target: spec.target } };
  return undefined;
}
