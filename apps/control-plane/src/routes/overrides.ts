import { overridesContract } from "@berth/api/contract/overrides";
import { handle, type HttpApp } from "../http/handle.ts";
import { updateOverrides } from "../overrides/change.ts";
import { getOverrides, listOverrides } from "../overrides/get.ts";

export function mountOverridesRoutes(app: HttpApp): void {
  handle(app, overridesContract["installs.overrides.list"], async ({ ctx, params }) => ({
    items: await listOverrides({ ctx, input: params }),
  }));
  handle(app, overridesContract["installs.overrides.get"], ({ ctx, params }) => getOverrides({ ctx, input: params }));
  handle(app, overridesContract["installs.overrides.update"], ({ ctx, params, body: { deploy, planOnly, approveAll, ...change } }) =>
    updateOverrides({ ctx, input: { ...params, change, deploy, planOnly, approveAll } }),
  );
  handle(app, overridesContract["installs.overrides.clear"], async ({ ctx, params }) => {
    const { overrides } = await updateOverrides({ ctx, input: { ...params, deploy: false, planOnly: false, approveAll: false } });
    return overrides;
  });
}
