import type { Io } from "../io.ts";

/** What a person can say to a plan. */
export type Decision = "approve" | "approve_all" | "deny";

const answers: Record<string, Decision> = {
  approve: "approve",
  a: "approve",
  yes: "approve",
  y: "approve",
  "approve all": "approve_all",
  all: "approve_all",
  deny: "deny",
  d: "deny",
  no: "deny",
  n: "deny",
};

/** What an answer means; undefined when it is none of those offered. */
export function parseDecision(text: string): Decision | undefined {
  return answers[
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, " ")
  ];
}

/** Asks until the answer is one; undefined at the end of input: the plan is left as it is. */
export async function askDecision(io: Pick<Io, "ask" | "colors">, target: string, signal?: AbortSignal): Promise<Decision | undefined> {
  for (;;) {
    const text = await io.ask(`${io.colors.bold(target)}: approve / approve all / deny? `, signal);
    if (text === undefined) return undefined;
    const decision = parseDecision(text);
    if (decision) return decision;
  }
}
