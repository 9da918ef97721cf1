import { z } from "zod";
import type { Health } from "../config/components.ts";
import { seconds } from "./duration.ts";
import { bool, duration, field, name, text, textList } from "./field.ts";
import {
  componentOperations,
  labels,
  legacySource,
  normaliseRunControl,
  operationRoles,
  runControlFields,
  timeoutFields,
} from "./shared.ts";

export const healthField = field(
  z.looseObject({
    enabled: bool("Whether health is watched. Default true.").optional(),
    stabilization_window: duration("How long it must stay healthy after a deploy, at most 1h. Default 3m.").optional(),
    block_deploy: bool("Whether a deploy waits for health and fails without it. Default false.").optional(),
    readiness: bool(
      "Of a chart or a manifest: whether the runner looks every minute if the objects of its deploy are there and ready. Default true.",
    ).optional(),
    probes: field(
      z.array(
        z.looseObject({
          type: field(z.enum(["http", "tcp", "exec"]), "How to look."),
          name: name("Names the probe.", ["ready"]),
          url: text("What an http or tcp probe asks.", { examples: ["https://api.example.com/healthz"] }).optional(),
          command: textList("Program and arguments of an exec probe.").optional(),
        }),
      ),
      "Probes that the runner makes.",
    ).optional(),
    required_checks: textList("Custom checks that must be reported after a deploy.").optional(),
  }),
  "How health is judged.",
);

type RawHealth = z.output<typeof healthField>;

export function normaliseHealth(raw: RawHealth): Health {
  return {
    enabled: raw.enabled ?? true,
    stabilizationWindowSeconds: seconds(raw.stabilization_window, 180),
    blockDeploy: raw.block_deploy ?? false,
    ...(raw.readiness === undefined ? {} : { readiness: raw.readiness }),
    probes: (raw.probes ?? []).map(({ type, name: probe, url, command }) => ({ type, name: probe, url, command })),
    requiredChecks: raw.required_checks ?? [],
  };
}

/** Keys that every type of component has, apart from `type`. */
export const componentFields = {
  name: name("The component's name, unique in the app.", ["database", "api"]),
  var_name: text("The key under `.nuon.components` in templates, for names that cannot be written there.", {
    examples: ["api_server"],
  }).optional(),
  dependencies: textList("Components that must be deployed first. Components that templates refer to are added by themselves.", {
    examples: [["database"]],
  }).optional(),
  labels: labels.optional(),
  operation_roles: operationRoles(componentOperations),
  kubernetes_context: text("The name of a kubernetes context to deploy to. Without it, the sandbox's cluster.", {
    examples: ["compute"],
  }).optional(),
  toggleable: bool("Whether an install can switch the component off. Default false.").optional(),
  default_enabled: bool("Whether a toggleable component starts switched on. Default false.").optional(),
  health: healthField.optional(),
  source: legacySource,
  ...timeoutFields,
  ...runControlFields,
};

type RawCommon = z.output<z.ZodObject<typeof componentFields>> & { drift_schedule?: string | undefined };

/** Default limits by type, in seconds. */
export type Timeouts = { build: number; deploy: number };

export function normaliseCommon(raw: RawCommon, file: string, timeouts: Timeouts) {
  return {
    file,
    name: raw.name,
    varName: raw.var_name || undefined,
    dependencies: [...(raw.dependencies ?? [])],
    labels: raw.labels ?? {},
    operationRoles: (raw.operation_roles ?? []).map(({ operation, role }) => ({ operation, role })),
    kubernetesContext: raw.kubernetes_context || undefined,
    toggleable: raw.toggleable ?? false,
    defaultEnabled: raw.toggleable ? (raw.default_enabled ?? false) : true,
    buildTimeoutSeconds: seconds(raw.build_timeout, timeouts.build),
    deployTimeoutSeconds: seconds(raw.deploy_timeout, timeouts.deploy),
    health: raw.health ? normaliseHealth(raw.health) : undefined,
    references: [],
    ...normaliseRunControl(raw),
  };
}
