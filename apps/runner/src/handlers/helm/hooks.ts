import { addressOf, kubernetesPlan } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { HelmSpec } from "./helm.ts";
import { hooksAt, type RenderedDocument } from "./rendering.ts";

/** Hooks that an install, upgrade or removal runs. */
export const hookEvents = {
  install: /^(pre|post)-install$/,
  upgrade: /^(pre|post)-upgrade$/,
  remove: /^(pre|post)-delete$/,
  test: /^test(-success)?$/,
} as const;

/** The hooks that a deploy runs, each with when it runs and with what changes of it; tests only where they are asked for. */
export function showHooks(input: {
  spec: HelmSpec;
  standing: readonly RenderedDocument[];
  rendered: readonly RenderedDocument[];
  isUpgrade: boolean;
  secretTexts: readonly string[];
}): PlanObject[] {
  const { spec, secretTexts } = input;
  const run = [
    ...hooksAt(input.rendered, input.isUpgrade ? hookEvents.upgrade : hookEvents.install),
    ...(spec.runTests ? hooksAt(input.rendered, hookEvents.test) : []),
  ];
  const before = input.standing.filter(({ events }) => events.length > 0).flatMap(({ objects }) => objects);
  return [...new Set(run)].flatMap(({ objects, events }) =>
    objects.map((object): PlanObject => {
      const address = addressOf(object, spec.namespace);
      const old = before.filter((each) => addressOf(each, spec.namespace) === address && each.kind === object.kind);
      const [changed] = kubernetesPlan({ before: old, after: [object], defaultNamespace: spec.namespace, secretTexts, group: "hooks" });
      const reason = `runs ${events.join(", ")}`;
      return changed
        ? { ...changed, reason }
        : { address, group: "hooks", action: "none", type: `${object.apiVersion}/${object.kind}`, reason };
    }),
  );
}
