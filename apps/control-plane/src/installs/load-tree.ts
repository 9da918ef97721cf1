import { sql } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import type { TargetState } from "../db/schema.ts";
import { openValues, type Values } from "./sealed.ts";
import { stateTree } from "./state-tree.ts";

type Row = {
  id: string;
  name: string;
  org_name: string;
  app_id: string;
  app_name: string;
  inputs: { id: string; plain: Values; sealed: string | null } | null;
  targets: { target: string; state: TargetState; build_id: string | null; outputs: Values; sealed: string | null }[] | null;
  actions: { action: string; id: string; outputs: Values | null; sealed: string | null }[] | null;
  runner: { id: string; state: string } | null;
};

/** The state tree with the sensitive values that templates may use, without them, and the sensitive texts to keep out of logs. */
export type LoadedTree = { tree: Record<string, unknown>; visible: Record<string, unknown>; redact: string[] };

/** Reads an install's state in one query and makes the tree. @throws AppError `not_found` */
export async function loadTree(ctx: Ctx, input: { installId: string; config: AppConfig }): Promise<LoadedTree> {
  const { rows } = await query(input.installId, ctx.orgId).execute(ctx.db);
  const row = rows[0];
  if (!row) throw new AppError("not_found", `There is no install ${input.installId}`);
  const { vault } = ctx.system;
  const secrets: unknown[] = [];
  const open = (kind: "inputs" | "target" | "run", id: string, sealed: string | null): Values =>
    openValues(vault, kind, id, sealed === null ? null : Buffer.from(sealed, "base64"));

  const sensitiveInputs = row.inputs ? open("inputs", row.inputs.id, row.inputs.sealed) : {};
  secrets.push(sensitiveInputs);
  const targets = (row.targets ?? []).map((target) => {
    const sensitive = open("target", `${row.id}:${target.target}`, target.sealed);
    secrets.push(sensitive);
    return { target: target.target, state: target.state, buildId: target.build_id, plain: target.outputs, sensitive };
  });
  const actions = (row.actions ?? []).map((run) => {
    const { sensitive = {}, steps = {} } = open("run", run.id, run.sealed) as { sensitive?: Values; steps?: Values };
    secrets.push(sensitive);
    return { action: run.action, runId: run.id, plain: run.outputs ?? {}, sensitive, steps };
  });
  const varNames = Object.fromEntries(
    input.config.components.flatMap(({ name, varName }) => (varName === undefined || varName === name ? [] : [[name, varName]])),
  );
  const build = (withSecrets: boolean): Record<string, unknown> =>
    stateTree({
      org: { id: ctx.orgId, name: row.org_name },
      app: { id: row.app_id, name: row.app_name },
      install: { id: row.id, name: row.name },
      inputs: { ...row.inputs?.plain, ...(withSecrets ? sensitiveInputs : {}) },
      targets: targets.map(({ plain, sensitive, ...rest }) => ({ ...rest, outputs: { ...plain, ...(withSecrets ? sensitive : {}) } })),
      actions: actions.map(({ plain, sensitive, steps, ...rest }) => ({
        ...rest,
        outputs: { ...plain, ...(withSecrets ? sensitive : {}) },
        steps: withSecrets ? steps : {},
      })),
      runner: row.runner,
      varNames,
    });
  return { tree: build(true), visible: build(false), redact: secretTexts(secrets) };
}

/** The texts that would give a secret away: every text and number in it, and the JSON of what is neither. */
export function secretTexts(values: readonly unknown[]): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string") found.add(value);
    else if (typeof value === "number") found.add(String(value));
    else if (Array.isArray(value)) value.forEach(walk);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(walk);
  };
  for (const value of values) walk(value);
  // A text this short stands in every log by chance: hiding it would hide nothing and spoil everything.
  return [...found].filter((text) => text.length >= 3);
}

function query(installId: string, orgId: string) {
  return sql<Row>`
    select i.id, i.name, o.name as org_name, a.id as app_id, a.name as app_name,
      (select json_build_object('id', n.id, 'plain', n.plain, 'sealed', encode(n.sensitive_enc, 'base64'))
         from install_inputs n where n.install_id = i.id order by n.version desc limit 1) as inputs,
      (select json_agg(json_build_object('target', t.target, 'state', t.state, 'build_id', t.build_id, 'outputs', t.outputs,
                                         'sealed', encode(t.sensitive_enc, 'base64')) order by t.target)
         from install_targets t where t.install_id = i.id) as targets,
      (select json_agg(json_build_object('action', r.action, 'id', r.id, 'outputs', r.outputs, 'sealed', encode(r.sensitive_enc, 'base64')))
         from (select distinct on (l.action) l.* from action_runs l
                where l.install_id = i.id and l.state = 'succeeded' order by l.action, l.created_at desc) r) as actions,
      (select json_build_object('id', u.id, 'state', u.state)
         from runners u where u.install_id = i.id and u.state <> 'revoked' order by u.created_at desc limit 1) as runner
    from installs i join orgs o on o.id = i.org_id join apps a on a.id = i.app_id
    where i.id = ${installId} and i.org_id = ${orgId}`;
}
