import { addCommand, addGroup, type Program } from "../command.ts";
import { renderFields } from "../output/fields.ts";
import { expiryOf } from "./installs-settings.ts";

export function addOrg(program: Program): void {
  const group = addGroup(program, "org", "The organisation one is logged in to");
  addCommand<{ approvalExpires?: string }>(program, group, {
    name: "settings",
    summary: "Show or change what holds for installs that say nothing else",
    options: [["--approval-expires <time>", "how long a plan can be decided on: 12h, 30d; `default`: 30 days"]],
    examples: ["org settings", "org settings --approval-expires 7d"],
    async run({ cli, options: { approvalExpires } }) {
      const client = await cli.client();
      const settings =
        approvalExpires === undefined
          ? await client.call("orgs.settings.get")
          : await client.call("orgs.settings.update", { body: { approvalExpiresSeconds: expiryOf(approvalExpires) } });
      const { approvalExpiresSeconds: seconds } = settings;
      const time = seconds === undefined ? "30 days" : `${Math.round((seconds / 3600) * 10) / 10} hours`;
      cli.show(settings, () =>
        renderFields([["expiry", `a plan can be decided on for ${time}, where its install says nothing else`]], cli.io.colors.dim),
      );
    },
  });
}
