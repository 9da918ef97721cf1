import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";

export function addStates(program: Program): void {
  const group = addGroup(program, "states", "Terraform states of installs, their versions and locks");
  addCommand<{ target?: string; limit: string }>(program, group, {
    name: "list <install>",
    summary: "List state versions, newest first",
    options: [
      ["--target <target>", "sandbox or component:<name>"],
      ["--limit <n>", "at most so many", "20"],
    ],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const query = options.target === undefined ? {} : { target: options.target };
      cli.list(
        await collect(client.pages("states.list", { params: { installId }, query }), limitOf(options.limit)),
        [
          { title: "STATE", cell: (state) => state.id },
          { title: "TARGET", cell: (state) => safeText(state.target), cut: true },
          { title: "VERSION", cell: (state) => String(state.version) },
          { title: "SERIAL", cell: (state) => String(state.serial) },
          { title: "BYTES", cell: (state) => String(state.size) },
          { title: "JOB", cell: (state) => state.jobId },
          { title: "STORED", cell: (state) => ago(state.createdAt) },
        ],
        "No states yet.",
      );
    },
  });
  addCommand(program, group, {
    name: "get <state>",
    summary: "Print a state version as JSON; it holds secrets, and the audit trail notes who read it",
    examples: ["states get tfs0abc… > state.json"],
    async run({ cli, args: [stateId = ""] }) {
      const response = await (await cli.client()).raw("states.download", { params: { stateId } });
      cli.io.out(await response.text());
    },
  });
  addCommand(program, group, {
    name: "locks <install>",
    summary: "List the locks that are held",
    async run({ cli, args: [install = ""] }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const { items } = await client.call("states.locks", { params: { installId } });
      cli.list(
        items,
        [
          { title: "TARGET", cell: (lock) => safeText(lock.target), cut: true },
          { title: "LOCK", cell: (lock) => safeText(lock.lockId) },
          { title: "JOB", cell: (lock) => `${lock.jobId} (attempt ${lock.epoch})` },
          { title: "SINCE", cell: (lock) => ago(lock.since) },
        ],
        "No state is locked.",
      );
    },
  });
  addCommand<{ reason?: string }>(program, group, {
    name: "unlock <install> <target>",
    summary: "Release a lock whose job will not release it",
    options: [["--reason <text>", "kept in the audit trail"]],
    examples: ["states unlock acme component:db --reason 'the runner was lost'"],
    async run({ cli, args: [install = "", target = ""], options }) {
      if (!options.reason) throw new InvalidInput("Say why with --reason: it is kept in the audit trail.");
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const { items } = await client.call("states.locks", { params: { installId } });
      const lock = items.find((each) => each.target === target);
      if (!lock) throw new NotFound(`The state of ${target} is not locked.`);
      await client.call("states.forceUnlock", { params: { installId }, body: { target, lockId: lock.lockId, reason: options.reason } });
      cli.show({ unlocked: lock }, () => `Released the lock ${safeText(lock.lockId)} on ${safeText(target)}.\n`);
    },
  });
}
