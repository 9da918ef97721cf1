import type { planPolicySchema } from "@berth/api/contract/install-settings";
import type { PlanSummary } from "@berth/protocol/job-result";
import type { z } from "zod";

export type PlanPolicy = z.output<typeof planPolicySchema>;
/** What one policy says of a plan. */
export type Verdict = { policy: string; passed: boolean; why?: string };

type Judge<T extends PlanPolicy["type"]> = (
  policy: Extract<PlanPolicy, { type: T }>,
  plan: PlanSummary,
  target: string,
) => string | undefined;

/** Why a plan does not pass, by policy; undefined where it does. */
const judges: { readonly [T in PlanPolicy["type"]]: Judge<T> } = {
  no_deletes: (_policy, plan) => (plan.delete > 0 ? `it deletes ${plan.delete}` : undefined),
  no_replaces: (_policy, plan) => (plan.replace > 0 ? `it replaces ${plan.replace}` : undefined),
  only_components: ({ components }, _plan, target) =>
    components.some((name) => target === `component:${name}`) ? undefined : `${target} is not among ${components.join(", ")}`,
};

/** Judges a plan of a target by every policy. It passes where all of them do. */
export function judgePlan(plan: PlanSummary, target: string, policies: readonly PlanPolicy[]): Verdict[] {
  return policies.map((policy) => {
    const why = (judges[policy.type] as Judge<PlanPolicy["type"]>)(policy, plan, target);
    return { policy: policy.type, passed: why === undefined, ...(why === undefined ? {} : { why }) };
  });
}
