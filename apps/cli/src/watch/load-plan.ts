import type { ApiClient } from "@berth/api/client";

/** A plan as `terraform show -json` gives it; undefined where the runner sent none. */
export async function loadPlan(client: ApiClient, planId: string, signal?: AbortSignal): Promise<unknown> {
  const { content } = await client.call("plans.get", { params: { planId }, ...(signal ? { signal } : {}) });
  return content;
}
