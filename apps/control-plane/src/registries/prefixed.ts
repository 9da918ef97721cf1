import { AppError } from "@berth/kit/errors";
import { isRepository } from "@berth/oci/reference";

/** The full name of a repository below a prefix. @throws AppError `bad_request` where that is no valid name */
export function prefixed(prefix: string, name: string): string {
  const repository = prefix === "" ? name : `${prefix}/${name}`;
  if (!isRepository(repository)) throw new AppError("bad_request", `${JSON.stringify(repository.slice(0, 200))} is not a repository name`);
  return repository;
}
