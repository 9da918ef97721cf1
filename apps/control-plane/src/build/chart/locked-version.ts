import { AppError } from "@berth/kit/errors";
import { isVersion } from "@berth/template/functions/semver";
import type { ChartDependency } from "./metadata.ts";
import { satisfies } from "./pick-version.ts";
import type { Chart } from "./read-chart.ts";

/**
 * The version of a dependency that the lock file holds; undefined without a lock file.
 * @throws AppError `unprocessable` where the lock file is of other dependencies than the chart now has
 */
export function lockedVersion({ metadata, lock, dependencies }: Chart, dependency: ChartDependency): string | undefined {
  if (!lock) return undefined;
  const file = metadata.apiVersion === "v1" ? "requirements.lock" : "Chart.lock";
  const stale = (why: string): AppError =>
    new AppError(
      "unprocessable",
      `${file} of chart ${metadata.name} is out of date: ${why}. Run \`helm dependency update\` and commit it.`,
    );
  if (lock.length !== dependencies.length) throw stale(`it has ${lock.length} dependencies, the chart ${dependencies.length}`);
  const at = lock[dependencies.indexOf(dependency)];
  const locked = at?.name === dependency.name ? at : lock.find(({ name }) => name === dependency.name);
  if (!locked) throw stale(`${dependency.name} is not in it`);
  if (plain(locked.repository) !== plain(dependency.repository))
    throw stale(`it takes ${dependency.name} from ${locked.repository || "charts/"}`);
  const version = locked.version ?? "";
  if (!isVersion(version)) throw stale(`it has no version of ${dependency.name}`);
  const wanted = dependency.version ?? "";
  if (wanted !== "" && wanted !== version && !satisfies(version, wanted, `dependency ${dependency.name}`))
    throw stale(`it has ${dependency.name} ${version}, the chart wants ${wanted}`);
  return version;
}

function plain(repository: string | null | undefined): string {
  return (repository ?? "").replace(/\/+$/, "");
}
