import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
const length = 22;

/** Three-letter prefixes of identifiers, one per kind of row. */
export const idPrefixes = {
  org: "org",
  token: "tok",
  app: "app",
  appConfig: "cfg",
  component: "cmp",
  action: "act",
  build: "bld",
  artifact: "art",
  install: "inl",
  workflow: "wfl",
  step: "stp",
  approval: "apr",
  plan: "pln",
  job: "job",
  runner: "run",
  session: "ses",
  logStream: "log",
  state: "tfs",
  actionRun: "acr",
  request: "req",
  credential: "crd",
  enrolment: "enr",
  drift: "drf",
  rollout: "rol",
  pullCredential: "pul",
  override: "ovr",
  look: "lok",
} as const;

/** A kind of identifier. */
export type IdKind = keyof typeof idPrefixes;

/** A new identifier: a three-letter prefix and 22 random base-36 characters (113 bits), e.g. `inl0f3k…`. No `:` in it, so it can be part of a queue's job id. */
export function newId(kind: IdKind): string {
  let out = idPrefixes[kind] as string;
  while (out.length < length + 3) {
    for (const byte of randomBytes(length)) {
      // 252 = 7 × 36: bytes above it would make the first characters likelier.
      if (byte < 252 && out.length < length + 3) out += alphabet[byte % 36];
    }
  }
  return out;
}
