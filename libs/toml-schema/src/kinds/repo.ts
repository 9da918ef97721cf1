import { z } from "zod";
import type { Path } from "../source/position.ts";
import type { RepoSource } from "../config/common.ts";
import { field, text } from "./field.ts";
import { exclusive, type Report } from "./kind.ts";
import type { Table } from "../source/table.ts";

const directory = text("The directory within the repository; `.` is its root.", { examples: [".", "infra/network"] });
const branch = text("A branch, tag or commit.", { examples: ["main", "v1.4.0"] });

export const publicRepo = field(
  z.looseObject({
    repo: text("`owner/name` on GitHub, or an https or ssh URL of any git host.", {
      examples: ["acme/modules", "https://git.example.com/acme/modules.git"],
    }),
    directory,
    branch,
  }),
  "A git repository that is cloned without credentials.",
);

export const connectedRepo = field(
  z.looseObject({
    repo: text("`owner/name`, or the URL of a repository that the org has credentials for.", { examples: ["acme/private-modules"] }),
    directory,
    branch,
  }),
  "A git repository that is cloned with the org's credentials.",
);

/** The two blocks, of which at most one may be there. */
export const repoFields = { public_repo: publicRepo.optional(), connected_repo: connectedRepo.optional() };

type RawRepo = { repo: string; directory: string; branch: string };
type RawRepos = { public_repo?: RawRepo | undefined; connected_repo?: RawRepo | undefined };

export function repoRule(raw: Table, report: Report, what: string, path: Path = []): void {
  exclusive(raw, report, { keys: ["public_repo", "connected_repo"], required: true, what, path });
}

export function normaliseRepo(raw: RawRepos): RepoSource | undefined {
  const block = raw.public_repo ?? raw.connected_repo;
  if (!block) return undefined;
  return { kind: raw.public_repo ? "public" : "connected", repo: block.repo, directory: block.directory, branch: block.branch };
}

/** The repository of something that cannot be without one; its rule has reported a missing one already. */
export function normaliseRequiredRepo(raw: RawRepos): RepoSource {
  return normaliseRepo(raw) ?? { kind: "public", repo: "", directory: ".", branch: "" };
}
