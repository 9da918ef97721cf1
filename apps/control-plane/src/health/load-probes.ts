import { isDeepStrictEqual } from "node:util";
import type { Probe } from "@berth/protocol/specs/health";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { loadTree } from "../installs/load-tree.ts";
import { clusterOf } from "../workflows/cluster-of.ts";
import { createRenderer, type Renderer } from "../workflows/render-text.ts";
import { probedComponents, readinessCheck, type ProbedComponent } from "./probed-components.ts";
import { renderProbes, type RenderedProbe } from "./render-probes.ts";
import { placesOf, standingComponents } from "./standing.ts";

/** A call of kubectl takes a second or two; a cluster that is away is waited for this long. */
const readinessSeconds = 30;

/** What of an install a runner is to look at. */
export type LoadedProbes = {
  probes: Probe[];
  /** Those in which nothing is made of sensitive values. */
  open: Probe[];
  /** Those that can't be made, and why: what the config has wrong is unhealthy, what can't be looked at is not known. */
  unmade: { component: string; name: string; status: "unhealthy" | "unknown"; why: string }[];
  /** Texts to keep out of logs and results. */
  redact: string[];
};

/** The probes of an install's components that stand, rendered with what the install is now. @param input.types those that the runner can make */
export async function loadProbes(
  ctx: Ctx,
  input: { installId: string; config: AppConfig; types: readonly string[] },
): Promise<LoadedProbes> {
  const { installId, config } = input;
  const standing = await standingComponents(ctx, installId);
  const components = probedComponents(config).filter(({ name }) => standing.has(name));
  if (components.length === 0) return { probes: [], open: [], unmade: [], redact: [] };
  const { tree, standIns, redact } = await loadTree(ctx, { installId, config });
  const looksAtObjects = input.types.includes("kubernetes");
  const watched = components.flatMap(({ name, readiness }) => (readiness && looksAtObjects ? [name] : []));
  const places = await placesOf(ctx, { installId, components: watched });
  const hidden = new Set(redact);

  /** With the tree, or what stands in for it. */
  function make(component: ProbedComponent, values: Record<string, unknown>): (RenderedProbe & { open?: boolean })[] {
    const renderers: Renderer[] = [];
    const made = renderProbes(component, () => {
      const where = `component "${component.name}" (${component.file})`;
      const renderer = createRenderer({ where, tree: values, now: ctx.system.now(), sensitive: { standIns, texts: redact } });
      renderers.push(renderer);
      return renderer;
    });
    for (const text of renderers.flatMap((renderer) => renderer.derived())) hidden.add(text);
    const at = places.get(component.name);
    if (!at) return made;
    const found = clusterOf({ config, tree: values, context: component.kubernetesContext });
    if ("failure" in found) return [...made, { name: readinessCheck, why: found.failure.detail }];
    for (const text of found.secrets) hidden.add(text);
    const common = { component: component.name, name: readinessCheck, timeoutSeconds: readinessSeconds };
    const probe: Probe = { type: "kubernetes", ...common, cluster: found.cluster, ...at.place };
    return [...made, { name: readinessCheck, probe, open: at.open && found.secrets.length === 0 }];
  }

  const loaded: LoadedProbes = { probes: [], open: [], unmade: [], redact: [] };
  for (const component of components) {
    const made = make(component, tree);
    const others = tree === standIns ? made : make(component, standIns);
    for (const [index, each] of made.entries()) {
      if ("probe" in each) {
        loaded.probes.push(each.probe);
        if (each.open !== false && isDeepStrictEqual(each, others[index])) loaded.open.push(each.probe);
      } else {
        const status = each.name === readinessCheck ? "unknown" : "unhealthy";
        loaded.unmade.push({ component: component.name, name: each.name, status, why: `it can't be made: ${each.why}` });
      }
    }
  }
  return { ...loaded, redact: [...hidden] };
}

/** The limit of a job of probes: those over the network take seconds, the others run one after the other. */
export function probesTimeout(probes: readonly Probe[]): number {
  const seconds = { http: 0, tcp: 0, exec: 15, kubernetes: readinessSeconds + 5 } as const;
  return probes.reduce((sum, { type }) => sum + seconds[type], 60);
}
