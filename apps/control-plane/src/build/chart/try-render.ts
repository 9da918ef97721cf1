import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findTool } from "../find-tool.ts";
import type { MakeInput } from "../make/maker.ts";

const timeoutMs = 60_000;
const outputBytes = 64 * 1024 * 1024;
const shownCharacters = 1500;

/**
 * Renders a packed chart with its default values where the builder has helm. A failure is only a warning in the log: values come with each install, and
 * many charts need some. helm gets no environment but where programs are, and directories of its own.
 */
export async function tryRender(input: Pick<MakeInput, "ctx" | "dir" | "say" | "signal">, archive: string): Promise<void> {
  const { say, signal } = input;
  const { settings } = input.ctx.system;
  const helm = findTool("helm", settings.helmPath, settings.toolEnv["PATH"]);
  if (helm === undefined) return;
  const home = join(input.dir, "helm");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const env = {
    PATH: settings.toolEnv["PATH"] ?? "",
    HOME: home,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_CONFIG_HOME: join(home, "config"),
    HELM_DATA_HOME: join(home, "data"),
    KUBECONFIG: "/dev/null",
  };
  try {
    await promisify(execFile)(helm, ["template", "check", archive], { env, cwd: home, timeout: timeoutMs, maxBuffer: outputBytes, signal });
    say("Rendered with its default values");
  } catch (error) {
    signal.throwIfAborted();
    say(`Warning: it does not render with its default values alone: ${reasonOf(error as Error & { stderr?: string; killed?: boolean })}`);
  }
}

function reasonOf({ stderr, killed, message }: Error & { stderr?: string; killed?: boolean }): string {
  if (killed === true) return `helm took longer than ${timeoutMs / 1000} s`;
  const said = (stderr ?? "").trim() || message;
  // eslint-disable-next-line no-control-regex -- a chart's own words are not for a terminal
  return said.replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, " ").slice(0, shownCharacters);
}
