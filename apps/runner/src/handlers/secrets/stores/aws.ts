import { AppError, messageOf } from "@berth/kit/errors";
import { awsCall, type AwsAnswer } from "../../../cloud/aws-call.ts";
import { awsCredentials, type AwsCredentials } from "../../../cloud/aws-credentials.ts";
import { textField, valueIn } from "../../../cloud/text-field.ts";
import type { Place } from "../choose-place.ts";
import type { Found, Store, StoreContext } from "./store.ts";

type AwsPlace = Extract<Place, { kind: "aws" }>;
type Action = "GetSecretValue" | "CreateSecret" | "PutSecretValue";

/** A secret of AWS Secrets Manager, with the runner's credentials or in a role. */
export async function awsStore(ctx: StoreContext, place: AwsPlace): Promise<Store> {
  const { region, id } = place;
  const credentials = await credentialsFor(ctx, place);
  const endpoint = ctx.endpoints?.aws ?? ctx.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] ?? ctx.env["AWS_ENDPOINT_URL"];

  async function call(action: Action, body: object): Promise<AwsAnswer> {
    const answer = await awsCall(ctx, {
      service: "secretsmanager",
      region,
      target: `secretsmanager.${action}`,
      body,
      credentials,
      endpoint,
    });
    if (!answer.ok && !expected.has(answer.error)) throw refused(place, action, answer);
    return answer;
  }

  async function read(): Promise<Found | undefined> {
    const answer = await call("GetSecretValue", { SecretId: id });
    if (!answer.ok) return undefined;
    const text = textField(answer.body, "SecretString");
    const bytes = text === undefined ? Buffer.from(valueIn(answer.body, "SecretBinary", id), "base64") : Buffer.from(text, "utf8");
    return { bytes, address: textField(answer.body, "ARN") ?? id };
  }

  return {
    read,
    async create(text) {
      if (!place.known) {
        const made = await call("CreateSecret", { Name: id, SecretString: text, Description: "Made by Berth" });
        if (made.ok) return { bytes: Buffer.from(text, "utf8"), address: textField(made.body, "ARN") ?? id };
        // It is there. It may have got a value just now.
        const there = await read();
        if (there) return there;
      }
      const put = await call("PutSecretValue", { SecretId: id, SecretString: text });
      if (!put.ok)
        throw new AppError(
          "not_found",
          `There is no secret ${id} in AWS Secrets Manager in ${region}, though an output of the install names it`,
        );
      return { bytes: Buffer.from(text, "utf8"), address: textField(put.body, "ARN") ?? id };
    },
  };
}

function credentialsFor(ctx: StoreContext, { region, roleArn }: AwsPlace): Promise<AwsCredentials> {
  return ctx.once(`aws ${region} ${roleArn}`, async () => {
    try {
      return await awsCredentials({ region, roleArn }, ctx.aws);
    } catch (error) {
      const help = "Give its machine a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
      throw new AppError(
        "unauthenticated",
        `The runner has no AWS credentials: ${messageOf(error).slice(0, 500)}. ${help}`,
        {},
        { cause: error },
      );
    }
  });
}

/** Answers that are no failure: nothing there, or there already. */
const expected = new Set(["ResourceNotFoundException", "ResourceExistsException"]);

function refused(place: AwsPlace, action: Action, answer: Extract<AwsAnswer, { ok: false }>): AppError {
  const { error, message, status } = answer;
  const what = `AWS Secrets Manager in ${place.region} refused ${action} of ${place.id} (${error})`;
  if (/AccessDenied/.test(error)) {
    const kms = /kms/i.test(message) ? " and kms:Decrypt on its key" : "";
    return new AppError("forbidden", `${what}. Allow the runner's role secretsmanager:${action}${kms} on ${place.id}`);
  }
  if (/UnrecognizedClient|ExpiredToken|InvalidClientToken|InvalidSignature|IncompleteSignature|SignatureDoesNotMatch/.test(error))
    return new AppError("unauthenticated", `${what}: the runner's AWS credentials are not accepted`);
  if (error === "DecryptionFailure")
    return new AppError("forbidden", `${what}. Allow the runner's role kms:Decrypt on the key of ${place.id}`);
  if (error === "InvalidRequestException" && /deletion|deleted/i.test(message))
    return new AppError(
      "conflict",
      `${place.id} is marked for deletion. Restore it: aws secretsmanager restore-secret --secret-id ${place.id} --region ${place.region}`,
    );
  if (status >= 500 || status === 429 || /Throttling|InternalService|LimitExceeded/.test(error))
    return new AppError("unavailable", `${what}: ${message}`);
  return new AppError("upstream_failed", `${what}: ${message}`);
}
