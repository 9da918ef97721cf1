import { ApiError, type ApiClient } from "@berth/api/client";

/** What a plan would change, as `terraform show -json` tells it; undefined where the runner sent nothing to show. */
export async function loadPlan(client: ApiClient, planId: string, signal?: AbortSignal): Promise<unknown> {
  try {
    return await client.call("plans.display", { params: { planId }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_found") return undefined;
    throw error;
  }
}
