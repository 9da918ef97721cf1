import { AppError } from "@berth/kit/errors";
import { z } from "zod";
import type { Vault } from "../crypto/vault.ts";

const context = "job-token";
const contentSchema = z.object({ jobId: z.string(), epoch: z.number(), expires: z.number() });

/** What a job token stands for. Whether the job still runs under that epoch is the reader's to check. */
export type JobTokenContent = { jobId: string; epoch: number };

/** A bearer token for one attempt of one job: its content sealed by the vault, which makes it tamper-proof in every replica. */
export function mintJobToken(vault: Vault, input: JobTokenContent & { expires: Date }): string {
  const content = { jobId: input.jobId, epoch: input.epoch, expires: input.expires.getTime() };
  return `brj_${vault.seal(JSON.stringify(content), context).toString("base64url")}`;
}

/** @throws AppError `unauthenticated` for anything that was not minted here or has expired */
export function openJobToken(vault: Vault, token: string, now: Date): JobTokenContent {
  const content = open(vault, token);
  if (!content || content.expires <= now.getTime())
    throw new AppError("unauthenticated", "The job token is not valid (any more): it dies with its job");
  return { jobId: content.jobId, epoch: content.epoch };
}

function open(vault: Vault, token: string): z.output<typeof contentSchema> | undefined {
  if (!token.startsWith("brj_") || token.length > 1024) return undefined;
  try {
    return contentSchema.parse(JSON.parse(vault.open(Buffer.from(token.slice(4), "base64url"), context).toString("utf8")));
  } catch {
    return undefined;
  }
}
