import type { CallInput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { safeText } from "../output/safe-text.ts";

/** Prints the steps an operation would have, without starting it. */
export async function showPreview(cli: Cli, input: { installId: string; body: CallInput<"workflows.preview">["body"] }): Promise<number> {
  const client = await cli.client();
  const { steps } = await client.call("workflows.preview", { params: { installId: input.installId }, body: input.body });
  cli.list(
    steps,
    [
      { title: "STEP", cell: (step) => safeText(step.key), cut: true },
      { title: "AFTER", cell: (step) => safeText(step.needs.join(", ")), cut: true },
      { title: "NOTE", cell: (step) => safeText(step.skip ?? ""), cut: true },
    ],
    "It would have no steps.",
  );
  return 0;
}
