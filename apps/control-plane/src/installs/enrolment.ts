import type { enrolmentSchema } from "@berth/api/contract/installs";
import type { z } from "zod";

export type Enrolment = z.input<typeof enrolmentSchema>;

/** The two ways in which a customer enrols a runner with a one-time token. */
export function enrolmentOf(input: { publicUrl: string; runnerId: string; token: string }): Enrolment {
  const { publicUrl, runnerId, token } = input;
  return {
    runnerId,
    token,
    commandLine: `berth-runner enroll --url ${publicUrl} --token ${token} && berth-runner run`,
    dockerRun: [
      "docker run -d --restart unless-stopped --name berth-runner -v berth-runner:/data -e BERTH_RUNNER_DIR=/data",
      `-e BERTH_URL=${publicUrl} -e BERTH_ENROLL_TOKEN=${token} berth-runner run`,
    ].join(" "),
  };
}
