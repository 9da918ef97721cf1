import { z } from "zod";
import { bool, duration, field, int, text, textMap } from "./field.ts";

export const envVars = textMap("Environment variables. Values may hold templates.", {
  examples: [{ LOG_LEVEL: "info", REGION: "{{ .nuon.install_stack.outputs.region }}" }],
});
export const vars = textMap("Terraform input variables, written as strings. Values may hold templates; they win over `var_file`.", {
  examples: [{ install_id: "{{ .nuon.install.id }}", instance_count: "2" }],
});
export const labels = textMap("Labels for grouping and filtering.", { examples: [{ service: "api", tier: "backend" }] });
export const varFile = field(
  z.array(
    z.looseObject({
      contents: text("Variable definitions: inline, or where to read them (`./x.tfvars`, an address, a git source). May hold templates.", {
        include: true,
        examples: ["./values/cluster.tfvars"],
      }),
    }),
  ),
  "Files of Terraform variables; a later one wins over an earlier one.",
);

const pairs = (old: string, now: string) =>
  field(z.array(z.looseObject({ name: z.string(), value: z.string() })), `Old list form of \`${now}\`.`, {
    deprecated: `write a table \`[${now}]\` instead of \`[[${old}]]\``,
  });
export const legacyVar = pairs("var", "vars").optional();
export const legacyEnvVar = pairs("env_var", "env_vars").optional();
export const legacyValue = pairs("value", "values").optional();

export const legacySource = text("Was the address of the whole definition.", { deprecated: "it has no effect; remove it" }).optional();

export const operationRoles = (operations: readonly string[]) =>
  field(
    z.array(
      z.looseObject({
        operation: field(z.enum(operations), "The operation that uses the role."),
        role: text("The name of a declared role. May hold templates.", { examples: ["{{.nuon.install.id}}-deploy"] }),
      }),
    ),
    "Roles for single operations, instead of the default ones.",
  ).optional();

export const componentOperations = ["provision", "deprovision", "update", "reprovision", "deploy", "teardown", "trigger"] as const;

/** Of components that run containers. */
export const imagePullSecret = bool(
  "Write a secret `berth-registry` into the component's namespace, with which its pods pull images from Berth's registry where the install has none of its own. Default false.",
).optional();

export const driftSchedule = text("When to look for drift: five cron fields. Without it, never.", { examples: ["0 */6 * * *"] }).optional();
export const runControlFields = {
  max_auto_retries: int("How often a failed apply is planned and applied again by itself. Default 0.").optional(),
  skip_noops: bool("Skip the apply, without asking, where the plan changes nothing. Default false.").optional(),
  auto_approve_on_policies_passing: bool("Approve a plan without asking where every policy passes. Default false.").optional(),
};
export const timeoutFields = {
  build_timeout: duration("How long a build may take, at most 1h.").optional(),
  deploy_timeout: duration("How long a deploy may take, at most 1h.").optional(),
};

type RawControl = {
  drift_schedule?: string | undefined;
  max_auto_retries?: number | undefined;
  skip_noops?: boolean | undefined;
  auto_approve_on_policies_passing?: boolean | undefined;
};

export function normaliseRunControl(raw: RawControl) {
  return {
    driftSchedule: raw.drift_schedule || undefined,
    maxAutoRetries: raw.max_auto_retries ?? 0,
    skipNoops: raw.skip_noops ?? false,
    autoApproveOnPoliciesPassing: raw.auto_approve_on_policies_passing ?? false,
  };
}

/** A map, with the entries of its old list form below it. */
export function mergePairs(
  pairList: readonly { name: string; value: string }[] | undefined,
  map: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return { ...Object.fromEntries((pairList ?? []).map((pair) => [pair.name, pair.value])), ...map };
}
