import { isDeepStrictEqual } from "node:util";
import { maskedText } from "@berth/plan/model";
import { sql } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import type { TargetState } from "../db/schema.ts";
import { factsOfSecrets, type SecretRow } from "../secrets/tree.ts";
import { openValues, type Values } from "./sealed.ts";
import { standIn } from "./stand-in.ts";
import { stateTree } from "./state-tree.ts";

type Row = {
  id: string;
  name: string;
  state: string;
  labels: Record<string, string>;
  stack_outputs: Values;
  component_ids: Record<string, string> | null;
  org_name: string;
  app_id: string;
  app_name: string;
  inputs: { id: string; plain: Values; sealed: string | null } | null;
  targets: { target: string; state: TargetState; build_id: string | null; outputs: Values; sealed: string | null }[] | null;
  actions: { action: string; id: string; outputs: Values | null; sealed: string | null }[] | null;
  secrets: SecretRow[] | null;
  runner: { id: string; state: string } | null;
};

type Tree = Record<string, unknown>;

export type LoadedTree = {
  /** The state tree with the sensitive values that templates of jobs may use. */
  tree: Tree;
  /** Without them. */
  visible: Tree;
  /** With a mark in the place of each. */
  marked: Tree;
  /** With other values in their places, which tells what a template makes of them; the same object as `tree` where nothing is sensitive. */
  standIns: Tree;
  /** The sensitive texts to keep out of logs. */
  redact: string[];
};

/** Reads an install's state in one query and makes the tree. @throws AppError `not_found` */
export async function loadTree(ctx: Ctx, input: { installId: string; config: AppConfig }): Promise<LoadedTree> {
  const { rows } = await query(input.installId, ctx.orgId).execute(ctx.db);
  const row = rows[0];
  if (!row) throw new AppError("not_found", `There is no install ${input.installId}`);
  const { vault } = ctx.system;
  const secrets: Values[] = [];
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
    const { sensitive = {}, steps = {} } = open("run", run.id, run.sealed) as { sensitive?: Values; steps?: Record<string, Values> };
    const plain = run.outputs ?? {};
    const ofSteps = splitSteps(steps, plain);
    secrets.push(sensitive, ...ofSteps.map((step) => step.sensitive));
    return { action: run.action, runId: run.id, plain, sensitive, ofSteps };
  });
  /** @param show what stands for the sensitive values of a place; nothing where they are left out */
  const build = (show: (values: Values) => Values): Tree =>
    stateTree({
      org: { id: ctx.orgId, name: row.org_name },
      app: { id: row.app_id, name: row.app_name },
      install: { id: row.id, name: row.name, state: row.state, labels: row.labels },
      stackOutputs: row.stack_outputs,
      sandbox: input.config.sandbox,
      components: input.config.components,
      componentIds: row.component_ids ?? {},
      inputs: { ...row.inputs?.plain, ...show(sensitiveInputs) },
      targets: targets.map(({ plain, sensitive, ...rest }) => ({ ...rest, outputs: { ...plain, ...show(sensitive) } })),
      actions: actions.map(({ plain, sensitive, ofSteps, ...rest }) => ({
        ...rest,
        outputs: { ...plain, ...show(sensitive) },
        steps: Object.fromEntries(ofSteps.map((step) => [step.name, { ...step.plain, ...show(step.sensitive) }])),
      })),
      secrets: factsOfSecrets(input.config.secrets, row.secrets ?? []),
      runner: row.runner,
    });
  const tree = build((values) => values);
  const isOpen = secrets.every((values) => Object.keys(values).length === 0);
  // Made when they are asked for: most callers want one of them.
  const otherwise = (show: (values: Values) => Values): Tree => (isOpen ? tree : build(show));
  return {
    tree,
    redact: secretTexts(secrets),
    get visible() {
      return otherwise(() => ({}));
    },
    get marked() {
      return otherwise((values) => Object.fromEntries(Object.keys(values).map((name) => [name, maskedText])));
    },
    get standIns() {
      return otherwise((values) => standIn(values) as Values);
    },
  };
}

/** A script does not tell which outputs of a step are sensitive: open are those that the run tells openly under the same name. */
function splitSteps(steps: Record<string, Values>, plain: Values): { name: string; plain: Values; sensitive: Values }[] {
  return Object.entries(steps).map(([name, outputs]) => {
    const isOpen = ([key, value]: [string, unknown]): boolean => Object.hasOwn(plain, key) && isDeepStrictEqual(plain[key], value);
    const entries = Object.entries(outputs);
    return {
      name,
      plain: Object.fromEntries(entries.filter(isOpen)),
      sensitive: Object.fromEntries(entries.filter((entry) => !isOpen(entry))),
    };
  });
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
    select i.id, i.name, i.state, i.labels, i.stack_outputs,
      (select json_object_agg(c.name, c.id) from components c where c.app_id = i.app_id) as component_ids, o.name as org_name, a.id as app_id, a.name as app_name,
      (select json_build_object('id', n.id, 'plain', n.plain, 'sealed', encode(n.sensitive_enc, 'base64'))
         from install_inputs n where n.install_id = i.id order by n.version desc limit 1) as inputs,
      (select json_agg(json_build_object('target', t.target, 'state', t.state, 'build_id', t.build_id, 'outputs', t.outputs,
                                         'sealed', encode(t.sensitive_enc, 'base64')) order by t.target)
         from install_targets t where t.install_id = i.id) as targets,
      (select json_agg(json_build_object('action', r.action, 'id', r.id, 'outputs', r.outputs, 'sealed', encode(r.sensitive_enc, 'base64')))
         from (select distinct on (l.action) l.action, l.id, l.outputs, l.sensitive_enc from action_runs l
                where l.install_id = i.id and l.state = 'succeeded' order by l.action, l.created_at desc) r) as actions,
      (select json_agg(json_build_object('name', s.name, 'source', s.source, 'address', s.address, 'found', s.found, 'length', s.length,
                                         'changed_at', s.changed_at, 'targets', s.targets))
         from install_secrets s where s.install_id = i.id) as secrets,
      (select json_build_object('id', u.id, 'state', u.state)
         from runners u where u.install_id = i.id and u.state <> 'revoked' order by u.created_at desc limit 1) as runner
    from installs i join orgs o on o.id = i.org_id join apps a on a.id = i.app_id
    where i.id = ${installId} and i.org_id = ${orgId}`;
}
