import { AppError, messageOf } from "@berth/kit/errors";
import type { HttpClient } from "../net/request.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import { textField } from "./text-field.ts";

/** What a call to AWS is made with. */
export type AwsContext = { http: HttpClient; signal: AbortSignal };

/** An answer of AWS: its JSON, or the name and the text of its error. */
export type AwsAnswer =
  | { ok: true; body: Readonly<Record<string, unknown>> }
  | { ok: false; status: number; error: string; message: string };

/**
 * One signed call to an AWS service that speaks JSON. It costs no client of the SDK, and goes through the runner's proxy.
 * @param input.target e.g. `secretsmanager.GetSecretValue`
 * @throws AppError `unavailable` where there is no answer
 */
export async function awsCall(
  ctx: AwsContext,
  input: { service: string; region: string; target: string; body: object; credentials: AwsCredentials; endpoint?: string | undefined },
): Promise<AwsAnswer> {
  const { service, region, target, credentials } = input;
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(input.endpoint ?? `https://${service}.${region}.${suffix}`);
  const [{ SignatureV4 }, { Hash }] = await Promise.all([import("@smithy/signature-v4"), import("../cluster/sha256-hash.ts")]);
  const body = JSON.stringify(input.body);
  const signer = new SignatureV4({ credentials, region, service, sha256: Hash });
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: "/",
    headers: { host: url.host, "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
    body,
  });
  const answer = await ctx
    .http({ method: "POST", url: url.origin, headers: signed.headers, body, signal: ctx.signal, maxBytes: 4 * 1024 * 1024 })
    .catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      throw new AppError("unavailable", `${url.host} can't be reached: ${messageOf(error)}`, {}, { cause: error });
    });
  const fields = fieldsOf(answer.body);
  if (answer.status === 200) return { ok: true, body: fields };
  // `com.amazonaws.secretsmanager#ResourceNotFoundException` in some services.
  const error = textField(fields, "__type")?.split("#").at(-1) || `HTTP ${answer.status}`;
  const message = (textField(fields, "message") ?? textField(fields, "Message") ?? "").slice(0, 1000);
  return { ok: false, status: answer.status, error, message };
}

function fieldsOf(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
