import { AppError, messageOf } from "@berth/kit/errors";
import type { GoogleAuthOptions } from "google-auth-library";

/**
 * An access token of the runner's Google identity: application default credentials (`GOOGLE_APPLICATION_CREDENTIALS`, gcloud's file, the machine's service account).
 * @throws AppError `unauthenticated` that says what to set
 */
export async function googleToken(options: GoogleAuthOptions = {}): Promise<string> {
  // Loaded only where Google is used.
  const { GoogleAuth } = await import("google-auth-library");
  try {
    const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"], ...options });
    const token = await auth.getAccessToken();
    if (token) return token;
  } catch (error) {
    const help = "Set GOOGLE_APPLICATION_CREDENTIALS for the runner, or run it where a service account is attached";
    throw new AppError("unauthenticated", `Google gave no token: ${messageOf(error).slice(0, 300)}. ${help}`, {}, { cause: error });
  }
  throw new AppError("unauthenticated", "Google gave no token");
}
