import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformApplySpec, TerraformPlanSpec } from "@berth/protocol/job-spec";
import { pullFiles } from "../../artifact/pull.ts";
import { obtainTerraform } from "../../tools/obtain-terraform.ts";
import { writeWhole } from "../../durable.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { Backend } from "./backend.ts";
import { takeTurn } from "./init-lock.ts";
import { moduleKey, openModuleCache } from "./module-cache.ts";
import { terraform, type TerraformRun } from "./terraform.ts";
import { arrangeVars, quoteArgs, type VarInput } from "./vars.ts";
import { claimWorkdir, type Workdir, type WorkdirMark } from "./workdir.ts";

/** A working directory with the module in it, initialised, and how to run Terraform there. */
export type Prepared = Disposable & {
  run: TerraformRun;
  workdir: Workdir;
  mark: Omit<WorkdirMark, "planDigest">;
  planEnv: Record<string, string>;
};

const overrideFile = "berth_backend_override.tf.json";

/**
 * Finds Terraform, takes a working directory, pulls the module, points its backend at ours and runs `init`; all but the first two are spared where a plan has
 * left the directory ready, or an earlier job has initialised the same artifact.
 * @param input.planDigest of the plan to apply
 */
export async function prepareTerraform(
  ctx: JobContext,
  spec: TerraformPlanSpec | TerraformApplySpec,
  input: { backend: Backend; planDigest?: string },
): Promise<Prepared> {
  const found = await obtainTerraform({
    wanted: spec.terraformVersion,
    tools: ctx.config.tools,
    path: ctx.env.PATH,
    http: ctx.http,
    signal: ctx.signal,
    note: (line) => ctx.spool.line(line),
  });
  const mark = { artifact: spec.artifact.digest, terraform: `${found.path} ${found.version}` };
  const workdir = claimWorkdir({
    workDir: join(ctx.config.dir, "work"),
    installId: ctx.assign.installId,
    target: spec.target,
    ...(input.planDigest === undefined ? {} : { wanted: { ...mark, planDigest: input.planDigest } }),
  });
  try {
    writeWhole(ctx.journal.workdir, JSON.stringify({ path: workdir.path }));
    const cache = openModuleCache(join(ctx.config.dir, "cache", "modules"));
    const key = moduleKey({ ...mark, envVars: spec.envVars });
    const known = workdir.ready || cache.take(key, workdir.path);
    if (!known) await pullFiles(ctx, spec.artifact, workdir.path);
    const vars = arrangeVars({ vars: spec.vars, varFiles: spec.varFiles, ownFiles: readOwnVarFiles(workdir.path) });
    const pluginCache = join(ctx.config.dir, "cache", "plugins");
    mkdirSync(pluginCache, { recursive: true, mode: 0o700 });
    const run = { path: found.path, cwd: workdir.path, env: terraformEnv(ctx, spec, { vars, backend: input.backend, pluginCache }) };
    const planEnv = writeVars(ctx, spec, vars);
    if (!known) {
      writeFileSync(join(workdir.path, overrideFile), JSON.stringify({ terraform: { backend: { http: {} } } }));
      await init(ctx, run, `${pluginCache}.lock`);
      cache.keep(key, workdir.path);
    } else if (!workdir.ready) await ctx.spool.line(`[berth] ${spec.artifact.digest} is here, initialised by ${mark.terraform}`);
    return { run, workdir, mark, planEnv, [Symbol.dispose]: () => workdir[Symbol.dispose]() };
  } catch (error) {
    workdir[Symbol.dispose]();
    throw error;
  }
}

async function init(ctx: JobContext, run: TerraformRun, lockPath: string): Promise<void> {
  let turn: Disposable;
  try {
    turn = await takeTurn(lockPath, ctx.signal);
  } catch {
    throw new JobFailure("terraform_failed", "");
  }
  try {
    await terraform(ctx, run, ["init", "-input=false", "-no-color", "-reconfigure"]);
  } finally {
    turn[Symbol.dispose]();
  }
}

/** What Terraform sees. Ours comes last: nothing a vendor sets may point it at another backend. */
function terraformEnv(
  ctx: JobContext,
  spec: TerraformPlanSpec | TerraformApplySpec,
  input: { vars: VarInput; backend: Backend; pluginCache: string },
): Record<string, string> {
  return {
    ...ctx.env,
    ...spec.envVars,
    ...input.vars.env,
    TF_PLUGIN_CACHE_DIR: input.pluginCache,
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
    CHECKPOINT_DISABLE: "1",
    TF_WORKSPACE: "default",
    TF_DATA_DIR: ".terraform",
    ...input.backend.env,
  };
}

function writeVars(ctx: JobContext, spec: TerraformPlanSpec | TerraformApplySpec, vars: VarInput): Record<string, string> {
  for (const { name, contents } of vars.files) writeFileSync(join(ctx.journal.work, name), contents, { mode: 0o600 });
  if (vars.planArgs.length === 0) return {};
  const args = vars.planArgs.map((arg) => arg.replace(/^-var-file=/, () => `-var-file=${ctx.journal.work}/`));
  const asked = spec.envVars.TF_CLI_ARGS_plan;
  return { TF_CLI_ARGS_plan: [...(asked === undefined ? [] : [asked]), quoteArgs(args)].join(" ") };
}

function readOwnVarFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => /^terraform\.tfvars(\.json)?$|\.auto\.tfvars(\.json)?$/.test(name))
    .map((name) => readFileSync(join(dir, name), "utf8"));
}
