import { installsContract } from "@berth/api/contract/installs";
import { installHealth } from "../health/get-install.ts";
import { stackOutputsContract } from "@berth/api/contract/stack-outputs";
import { handle, type HttpApp } from "../http/handle.ts";
import { createInstall } from "../installs/create.ts";
import { forgetInstall } from "../installs/forget.ts";
import { getInputs } from "../installs/get-inputs.ts";
import { getReadme } from "../installs/get-readme.ts";
import { diffState, getState, listStateVersions } from "../installs/get-state.ts";
import { getInstall } from "../installs/get.ts";
import { listInstalls } from "../installs/list.ts";
import { findInstall } from "../installs/queries.ts";
import { setInstallApproveAll } from "../installs/set-approve-all.ts";
import { updateInputs } from "../installs/update-inputs.ts";
import { setLabels } from "../installs/set-labels.ts";
import { getStackOutputs, updateStackOutputs } from "../installs/stack-outputs.ts";
import { getSettings, updateSettings } from "../installs/settings.ts";
import { createToken } from "../tokens/create.ts";
import { installView } from "../installs/view.ts";

export function mountInstallsRoutes(app: HttpApp): void {
  handle(app, installsContract["installs.create"], ({ ctx, body }) => createInstall({ ctx, input: body }));
  handle(app, installsContract["installs.list"], ({ ctx, query }) => listInstalls({ ctx, input: query }));
  handle(app, installsContract["installs.get"], ({ ctx, params }) => getInstall({ ctx, input: params }));
  handle(app, installsContract["installs.health"], async ({ ctx, params }) => {
    await findInstall(ctx, params.installId);
    return installHealth({ ctx, input: params });
  });
  handle(app, installsContract["installs.setApproveAll"], async ({ ctx, params, body }) =>
    installView(await setInstallApproveAll({ ctx, input: { ...params, ...body } })),
  );
  handle(app, installsContract["installs.labels.set"], async ({ ctx, params, body }) =>
    installView(await setLabels({ ctx, input: { ...params, ...body } })),
  );
  handle(app, stackOutputsContract["installs.stackOutputs.get"], ({ ctx, params }) => getStackOutputs({ ctx, input: params }));
  handle(app, stackOutputsContract["installs.stackOutputs.update"], ({ ctx, params, body }) =>
    updateStackOutputs({ ctx, input: { ...params, ...body } }),
  );
  handle(app, installsContract["installs.settings.get"], ({ ctx, params }) => getSettings({ ctx, input: params }));
  handle(app, installsContract["installs.settings.update"], ({ ctx, params, body }) =>
    updateSettings({ ctx, input: { ...params, change: body } }),
  );
  handle(app, installsContract["installs.customerTokens.create"], async ({ ctx, params, body }) => {
    await findInstall(ctx, params.installId);
    return createToken(ctx, { ...body, installId: params.installId });
  });
  handle(app, installsContract["installs.forget"], async ({ ctx, params, body }) =>
    installView(await forgetInstall({ ctx, input: { ...params, ...body } })),
  );
  handle(app, installsContract["installs.inputs.get"], ({ ctx, params }) => getInputs({ ctx, input: params }));
  handle(app, installsContract["installs.inputs.update"], ({ ctx, params, body }) => updateInputs({ ctx, input: { ...params, ...body } }));
  handle(app, installsContract["installs.state.get"], ({ ctx, params, query }) => getState({ ctx, input: { ...params, ...query } }));
  handle(app, installsContract["installs.state.diff"], ({ ctx, params, query }) => diffState({ ctx, input: { ...params, ...query } }));
  handle(app, installsContract["installs.readme"], ({ ctx, params }) => getReadme({ ctx, input: params }));
  handle(app, installsContract["installs.state.versions"], ({ ctx, params, query }) =>
    listStateVersions({ ctx, input: { ...params, ...query } }),
  );
}
