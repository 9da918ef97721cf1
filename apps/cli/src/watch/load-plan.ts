import { ApiError, type ApiClient } from "@berth/api/client";
import type { ShownPlan } from "../plan/render-plan.ts";

/** What a plan would change; undefined where the runner sent nothing to show. */
export async function loadPlan(client: ApiClient, planId: string, signal?: AbortSignal): Promise<ShownPlan | undefined> {
  try {
    return await client.call("plans.display", { params: { planId }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_found") return undefined;
    throw error;
  }
}
