import { isDigest, isRepository, isTag } from "@berth/oci/reference";
import { refusal } from "./refusal.ts";

/** What a path of the registry names. */
export type Target =
  | { kind: "base" }
  | { kind: "token" }
  | { kind: "manifest"; repository: string; reference: string }
  | { kind: "blob"; repository: string; digest: string }
  | { kind: "uploads"; repository: string }
  | { kind: "upload"; repository: string; id: string }
  | { kind: "tags"; repository: string }
  | { kind: "referrers"; repository: string; digest: string };

/**
 * Reads a path below and with `/v2`. Repository names have slashes in them, so the last segments decide.
 * @throws AppError in the registry's form where the path names nothing, or a part of it is not valid
 */
export function parseTarget(path: string): Target {
  const text = decode(path);
  if (text === "/v2" || text === "/v2/") return { kind: "base" };
  if (text === "/v2/token") return { kind: "token" };
  const match =
    /^\/v2\/(?<name>[^\s]+?)\/(?:(?<tags>tags\/list)|manifests\/(?<reference>[^/]+)|referrers\/(?<subject>[^/]+)|blobs\/uploads\/(?<upload>[^/]*)|blobs\/(?<blob>[^/]+))$/.exec(
      text,
    );
  if (!match?.groups) throw refusal("NAME_UNKNOWN", "The registry has nothing at this path");
  const { name: repository = "", tags, reference, subject, upload, blob } = match.groups;
  if (!isRepository(repository)) throw refusal("NAME_INVALID", "This is not a valid repository name");
  if (tags !== undefined) return { kind: "tags", repository };
  if (reference !== undefined) {
    if (!isTag(reference)) checkDigest(reference);
    return { kind: "manifest", repository, reference };
  }
  if (subject !== undefined) return { kind: "referrers", repository, digest: checkDigest(subject) };
  if (blob !== undefined) return { kind: "blob", repository, digest: checkDigest(blob) };
  if (upload === undefined || upload === "") return { kind: "uploads", repository };
  if (!/^[0-9a-f-]{36}$/.test(upload)) throw refusal("BLOB_UPLOAD_UNKNOWN", "There is no such upload");
  return { kind: "upload", repository, id: upload };
}

/** The digest itself. @throws AppError `DIGEST_INVALID` for anything but sha256 */
export function checkDigest(text: string): string {
  if (!isDigest(text)) throw refusal("DIGEST_INVALID", "A digest must be sha256:<64 hex digits>");
  return text;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refusal("NAME_INVALID", "The path is not well encoded");
  }
}
