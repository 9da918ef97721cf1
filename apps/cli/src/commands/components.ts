import { addCommand, addGroup, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";

export function addComponents(program: Program): void {
  const group = addGroup(program, "components", "What an app is made of");
  addCommand(program, group, {
    name: "list <app>",
    summary: "List an app's components in the order they deploy",
    async run({ cli, args: [appId = ""] }) {
      const { items } = await (await cli.client()).call("components.list", { params: { appId } });
      cli.list(
        items,
        [
          { title: "COMPONENT", cell: (item) => safeText(item.name), cut: true },
          { title: "TYPE", cell: (item) => item.type },
          { title: "NEEDS", cell: (item) => safeText(item.dependencies.join(", ")), cut: true },
          { title: "BUILD", cell: (item) => item.build?.id ?? "-" },
          { title: "STATE", cell: (item) => (item.removed ? "removed" : item.build ? stateColor(cli.io, item.build.state) : "-") },
          { title: "COMMIT", cell: (item) => item.build?.source?.commit.slice(0, 7) ?? "-" },
          { title: "OVERRIDDEN", cell: (item) => (item.overriddenOn === 0 ? "" : `on ${item.overriddenOn}`) },
          { title: "BUILT", cell: (item) => ago(item.build?.finishedAt) },
        ],
        "The app has no components yet. `berth apps sync` brings them.",
      );
    },
  });
}
