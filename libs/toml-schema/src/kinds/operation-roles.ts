import { z } from "zod";
import type { AppConfig } from "../app-config.ts";
import { field, text } from "./field.ts";
import { defineKind } from "./kind.ts";

const schema = z.looseObject({
  type: field(z.literal("matrix"), "The only type there is."),
  rules: field(
    z.array(
      z.looseObject({
        principal: text("What operates: `nuon::sandbox`, `nuon::component:<name>` or `nuon::action:<name>`; `*` for all.", {
          examples: ["nuon::sandbox", "nuon::component:*", "nuon::action:restart"],
        }),
        operation: field(z.enum(["provision", "reprovision", "deprovision", "deploy", "teardown", "trigger", "update"]), "What it does."),
        role: text("The name of a declared role. May hold templates.", { examples: ["{{.nuon.install.id}}-deploy"] }),
      }),
    ),
    "Which role each operation uses; the first rule that fits counts.",
  ).optional(),
});

export const operationRoles = defineKind({
  type: "operation-roles",
  title: "Operation roles",
  description: "Which role each operation uses, in one table.",
  location: "operation_roles.toml",
  schema,
  example: `# operation-roles
type = "matrix"

[[rules]]
principal = "nuon::sandbox"
operation = "provision"
role      = "{{.nuon.install.id}}-sandbox"
`,
});

export function normaliseOperationRoles(raw: z.output<typeof schema>, file: string): AppConfig["operationRoles"] {
  return { file, type: "matrix", rules: (raw.rules ?? []).map(({ principal, operation, role }) => ({ principal, operation, role })) };
}
