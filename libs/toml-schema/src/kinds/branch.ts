import { z } from "zod";
import type { Branch } from "../config/delivery.ts";
import { bool, field, int, name, text, textList, textMap } from "./field.ts";
import { defineKind, exclusive } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { connectedRepo, normaliseRepo, publicRepo, repoFields, repoRule } from "./repo.ts";

const selector = textMap("Installs whose labels match all of these.", { examples: [{ tier: "canary" }] });

const groupSchema = z.looseObject({
  name: name("The group's name.", ["canary"]),
  order: int("When its turn comes; lower first.").optional(),
  install_ids: textList("Installs by id.").optional(),
  install_names: textList("Installs by name.", { examples: [["acme-staging"]] }).optional(),
  label_selector: selector.optional(),
  auto_approve_on_policies_passing: bool("Go on without asking where every policy passes. Default false.").optional(),
  default: bool("Whether installs of no other group belong here. Default false.").optional(),
  use_for_previews: bool("Was: the group that pull requests are planned against.", { deprecated: "use `[preview]`" }).optional(),
});

const schema = z.looseObject({
  name: name("The branch's name in the app.", ["main"]),
  ...repoFields,
  install_groups: field(z.array(groupSchema), "Which installs a change reaches, group after group.").optional(),
  preview: field(
    z.looseObject({
      mode: field(z.enum(["plan-only", "apply", "build-only"]), "How far a pull request goes. Default `plan-only`.").optional(),
      install_id: text("The install to plan against, by id.").optional(),
      install_name: text("The install to plan against, by name.").optional(),
      label_selector: selector.optional(),
      set_statuses: bool("Report a commit status. Default true.").optional(),
      comment: bool("Comment on the pull request. Default true.").optional(),
      ignore_drafts: bool("Leave drafts alone. Default false.").optional(),
      react: bool("React to comments. Default false.").optional(),
    }),
    "What happens for pull requests.",
  ).optional(),
  post_deploy_runbooks: textList("Runbooks to run after a deploy.", { examples: [["smoke_test"]] }).optional(),
  ignore_changes_regex: text("Changes are ignored where every changed path matches (RE2).", { examples: ["^docs/"] }).optional(),
  send_statuses_on_ignore: bool("Report a commit status for ignored changes too. Default false.").optional(),
  installs_directory: text("Where install files lie.").optional(),
  installs_public_repo: publicRepo.optional(),
  installs_connected_repo: connectedRepo.optional(),
  run: field(z.looseObject({ mode: text("What starts a run.", { examples: ["push"] }).optional() }), "When runs start.").optional(),
});

export const branch = defineKind({
  type: "branch",
  title: "Branch",
  description: "A git branch whose changes are built and rolled out to groups of installs.",
  location: "branch.toml or branches/**/*.toml",
  schema,
  rules: (raw, report) => {
    repoRule(raw, report, "A branch");
    exclusive(raw, report, { keys: ["installs_public_repo", "installs_connected_repo"], required: false, what: "A branch" });
    if (
      raw["installs_directory"] !== undefined &&
      raw["installs_public_repo"] === undefined &&
      raw["installs_connected_repo"] === undefined
    ) {
      report(["installs_directory"], {
        code: "missing_key",
        message: "`installs_directory` needs `installs_public_repo` or `installs_connected_repo`",
      });
    }
    const groups = Array.isArray(raw["install_groups"]) ? raw["install_groups"] : [];
    for (const [index, entry] of groups.entries()) {
      const group = asTable(entry) ?? {};
      const explicit = group["install_ids"] ?? group["install_names"];
      if (explicit !== undefined && group["label_selector"] !== undefined) {
        report(["install_groups", index, "label_selector"], {
          code: "exclusive_keys",
          message: "An install group lists its installs or selects them by label, not both",
        });
      }
    }
    const preview = asTable(raw["preview"]);
    if (preview)
      exclusive(preview, report, {
        keys: ["install_id", "install_name", "label_selector"],
        required: false,
        what: "A preview",
        path: ["preview"],
      });
  },
  example: `# branch
name = "main"

[connected_repo]
repo      = "acme/analytics"
directory = "."
branch    = "main"

[[install_groups]]
name          = "canary"
order         = 0
install_names = ["acme-staging"]

[[install_groups]]
name           = "everyone"
order          = 1
label_selector = { tier = "production" }
`,
});

export function normaliseBranch(raw: z.output<typeof schema>, file: string): Branch {
  return {
    file,
    name: raw.name,
    repo: normaliseRepo(raw),
    installGroups: (raw.install_groups ?? []).map((group, index) => ({
      name: group.name,
      order: group.order ?? index,
      installIds: group.install_ids ?? [],
      installNames: group.install_names ?? [],
      labelSelector: group.label_selector ?? {},
      autoApproveOnPoliciesPassing: group.auto_approve_on_policies_passing ?? false,
      default: group.default ?? false,
      useForPreviews: group.use_for_previews ?? false,
    })),
    preview: raw.preview
      ? {
          mode: raw.preview.mode ?? "plan-only",
          installId: raw.preview.install_id,
          installName: raw.preview.install_name,
          labelSelector: raw.preview.label_selector ?? {},
          setStatuses: raw.preview.set_statuses ?? true,
          comment: raw.preview.comment ?? true,
          ignoreDrafts: raw.preview.ignore_drafts ?? false,
          react: raw.preview.react ?? false,
        }
      : undefined,
    postDeployRunbooks: raw.post_deploy_runbooks ?? [],
    ignoreChangesRegex: raw.ignore_changes_regex,
    sendStatusesOnIgnore: raw.send_statuses_on_ignore ?? false,
    installsDirectory: raw.installs_directory,
    installsRepo: normaliseRepo({ public_repo: raw.installs_public_repo, connected_repo: raw.installs_connected_repo }),
    runMode: raw.run?.mode,
  };
}
