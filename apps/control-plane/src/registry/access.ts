import { isRepository } from "@berth/oci/reference";

/** What may be done with a repository. */
export type RegistryAction = "pull" | "push" | "delete";

/** What one caller may do. */
export type RegistryAccess = {
  /** Who calls, for logs and for tokens made from this access: `token:<id>`, `pull:<id>`, `job:<id>`. */
  subject: string;
  allows(repository: string, action: RegistryAction): boolean;
};

/** Some actions on one repository. */
export type RegistryScope = { repository: string; actions: RegistryAction[] };

const actions: readonly RegistryAction[] = ["pull", "push", "delete"];

/** Reads `repository:<name>:pull,push`; `*` means every action. Undefined for anything else, also for other kinds of resources. */
export function parseScope(text: string): RegistryScope | undefined {
  const match = /^repository:([^:]{1,255}):([a-z*,]{1,64})$/.exec(text);
  const [, repository = "", wanted = ""] = match ?? [];
  if (!match || !isRepository(repository)) return undefined;
  const names = wanted.split(",");
  return { repository, actions: actions.filter((action) => names.includes(action) || names.includes("*")) };
}

/** The text of a scope as challenges and token requests carry it. */
export function formatScope(scope: RegistryScope): string {
  return `repository:${scope.repository}:${scope.actions.join(",")}`;
}
