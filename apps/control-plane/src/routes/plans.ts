import { plansContract } from "@berth/api/contract/plans";
import { handle, type HttpApp } from "../http/handle.ts";
import { displayPlan } from "../plans/display.ts";
import { getPlan } from "../plans/get.ts";

export function mountPlansRoutes(app: HttpApp): void {
  handle(app, plansContract["plans.get"], ({ ctx, params }) => getPlan(ctx, params));
  handle(app, plansContract["plans.display"], ({ ctx, params, c }) =>
    displayPlan(ctx, { ...params, accept: c.req.header("accept"), acceptEncoding: c.req.header("accept-encoding") }),
  );
}
