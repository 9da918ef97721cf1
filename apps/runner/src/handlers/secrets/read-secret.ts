import { isUtf8 } from "node:buffer";
import { AppError } from "@berth/kit/errors";
import type { SecretSource, SecretSpec } from "@berth/protocol/specs/secrets";
import { patiently } from "../../artifact/patiently.ts";
import { hideMore } from "../../logs/redact.ts";
import type { JobContext } from "../handler.ts";
import { choosePlace, type Place, type Surroundings } from "./choose-place.ts";
import { decodeValue } from "./decode-value.ts";
import { addressOf, describePlace, howToPut, sourceOf } from "./describe-place.ts";
import { generateValue } from "./generate-value.ts";
import { openStore } from "./stores/open-store.ts";
import { maxValueBytes, type Found, type StoreContext } from "./stores/store.ts";

/** Why a secret can't be synced: it is not there, may not be had or used, or its store is away. */
export type Problem = { kind: "missing" | "refused" | "unavailable"; text: string };

/** What was found of one secret. */
export type ReadSecret = {
  spec: SecretSpec;
  /** The place it is kept in, or should be. */
  place?: Place;
  source: SecretSource;
  address?: string;
  /** As it goes into the cluster. */
  value?: Buffer;
  generated: boolean;
  /** It is still to be made. */
  toMake: boolean;
  /** In words, for the log. */
  told: string;
  problem?: Problem;
};

type Context = Pick<JobContext, "spool" | "redaction"> & StoreContext;

/** Looks for a secret where it is kept. Whatever is wrong is told in the result. The value is hidden in the log before anything else is done with it. */
export async function readSecret(ctx: Context, input: { spec: SecretSpec; around: Surroundings }): Promise<ReadSecret> {
  const { spec } = input;
  const none = { spec, source: "none" as const, generated: false, toMake: false };
  const choice = choosePlace(spec, input.around);
  if ("none" in choice) {
    if (spec.default !== undefined) return withDefault(spec, choice.none);
    const told = `has no place: ${choice.none}`;
    return spec.required || spec.autoGenerate || spec.address
      ? { ...none, told, problem: { kind: "missing", text: told } }
      : { ...none, told };
  }
  const { place, why } = choice;
  const where = { place, source: sourceOf[place.kind], address: addressOf(place) };
  try {
    const found = await patiently(ctx, async () => (await openStore(ctx, place)).read(), describePlace(place));
    if (found) return take(ctx, { ...none, ...where }, found, `is in ${describePlace(place)}, since ${why}`);
  } catch (error) {
    return { ...none, ...where, told: `could not be read from ${describePlace(place)}`, problem: problemOf(error) };
  }
  const absent = `is not in ${describePlace(place)}, where it is looked for since ${why}`;
  if (spec.autoGenerate) return { ...none, ...where, toMake: true, told: `${absent}: it is to be made` };
  if (spec.default !== undefined) return { ...withDefault(spec, absent), place };
  if (!spec.required) return { ...none, place, told: absent };
  return { ...none, place, told: absent, problem: { kind: "missing", text: `${absent}. ${howToPut(place)}` } };
}

/** Makes the value of a secret that has none, and keeps it in its place. */
export async function makeSecret(ctx: Context, read: ReadSecret): Promise<ReadSecret> {
  const { spec, place } = read;
  if (!place) return read;
  const text = generateValue(spec.format);
  hide(ctx, Buffer.from(text, "utf8"), decodeValue(Buffer.from(text, "utf8"), spec.format));
  try {
    const kept = await patiently(ctx, async () => (await openStore(ctx, place)).create(text), describePlace(place));
    const generated = kept.bytes.equals(Buffer.from(text, "utf8"));
    return take(
      ctx,
      { ...read, generated, toMake: false },
      kept,
      `${generated ? "was made and kept" : "has turned up"} in ${describePlace(place)}`,
    );
  } catch (error) {
    return { ...read, told: `could not be made in ${describePlace(place)}`, problem: problemOf(error) };
  }
}

function take(ctx: Context, read: Omit<ReadSecret, "told">, found: Found, told: string): ReadSecret {
  const value = decodeValue(found.bytes, read.spec.format);
  hide(ctx, found.bytes, value);
  const here = { ...read, address: found.address, told };
  if (found.bytes.length > maxValueBytes)
    return { ...here, problem: { kind: "refused", text: `has ${found.bytes.length} bytes; a secret has at most ${maxValueBytes}` } };
  if (!value) return { ...here, problem: { kind: "refused", text: "is not base64, which its format says it is. Put it there encoded" } };
  return { ...here, value };
}

function hide(ctx: Context, ...forms: (Buffer | undefined)[]): void {
  const texts = forms.flatMap((bytes) =>
    bytes === undefined ? [] : isUtf8(bytes) ? [bytes.toString("utf8")] : [bytes.toString("base64")],
  );
  hideMore(
    ctx.redaction,
    texts.filter((text) => text !== ""),
  );
}

/** It stands in the config, for everybody to read: no secret, nothing to hide. */
function withDefault(spec: SecretSpec, why: string): ReadSecret {
  const kept = Buffer.from(spec.default ?? "", "utf8");
  const value = decodeValue(kept, spec.format);
  const common = { spec, source: "default" as const, generated: false, toMake: false, told: `has its default; it ${why}` };
  return value
    ? { ...common, value }
    : { ...common, problem: { kind: "refused", text: "has a default that is not base64, which its format says it is" } };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof AppError)) throw error;
  const away = error.code === "unavailable" || error.code === "rate_limited";
  return { kind: away ? "unavailable" : "refused", text: error.message };
}
