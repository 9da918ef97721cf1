import { addCommand, type Program } from "../command.ts";
import { exitCodeMeanings } from "../exit-codes.ts";
import { renderFields } from "../output/fields.ts";

export function addExitCodes(program: Program): void {
  addCommand(program, program.root, {
    name: "exit-codes",
    summary: "What the exit codes mean",
    async run({ cli }) {
      const value = exitCodeMeanings.map(([code, meaning]) => ({ code, meaning }));
      cli.show(value, () =>
        renderFields(
          value.map(({ code, meaning }) => [String(code), meaning]),
          cli.io.colors.bold,
        ),
      );
    },
  });
}
