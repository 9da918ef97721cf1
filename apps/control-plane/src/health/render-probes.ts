import type { Failure } from "@berth/protocol/job-result";
import { probeSchema, type Probe } from "@berth/protocol/specs/health";
import type { Renderer } from "../workflows/render-text.ts";
import type { ProbedComponent } from "./probed-components.ts";

/** How long a probe may take. */
const timeoutSeconds = 10;

export type RenderedProbe = { name: string } & ({ probe: Probe } | { why: string });

/** A component's probes as the runner makes them, or in words why one can't be made. @param rendererOf one for each probe: a text that can't be made is that probe's alone */
export function renderProbes(
  component: Pick<ProbedComponent, "name" | "probes">,
  rendererOf: () => Pick<Renderer, "text" | "failure">,
): RenderedProbe[] {
  return component.probes.map((each) => {
    const { name, type } = each;
    const render = rendererOf();
    const common = { component: component.name, name, timeoutSeconds };
    const url = render.text(each.url ?? "", `health.probes.${name}.url`);
    const command = (each.command ?? []).map((text) => render.text(text, `health.probes.${name}.command`));
    const failure: Failure | undefined = render.failure();
    if (failure) return { name, why: failure.detail };
    const made = probeSchema.safeParse(
      type === "http" ? { type, ...common, url } : type === "tcp" ? { type, ...common, ...addressOf(url) } : { type, ...common, command },
    );
    return made.success ? { name, probe: made.data } : { name, why: wanted[type] };
  });
}

const wanted = {
  http: "an http probe needs a `url` that begins with http:// or https://",
  tcp: "a tcp probe needs a `url` with host and port: `db.internal:5432`",
  exec: "an exec probe needs a `command`",
} as const;

/** `host:port`, with or without `tcp://`. */
function addressOf(text: string): { host: string; port: number } | undefined {
  const parts = /^(?:tcp:\/\/)?\[?([^/\s]+?)\]?:(\d{1,5})\/?$/.exec(text);
  return parts?.[1] === undefined ? undefined : { host: parts[1], port: Number(parts[2]) };
}
