/** RFC 9457 problem details as the control plane sends them. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance?: string;
  requestId?: string;
  meta?: Record<string, unknown>;
};

/** The control plane answered with an error. `code` is one of the stable codes; the message is the problem's detail. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

/** Nobody answered at the URL. The message names it and what to check. */
export class UnreachableError extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(
      `The control plane at ${url} does not answer (${reasonOf(cause)}). Check that it runs, that the URL is right and that no firewall or proxy is in between.`,
      {
        cause,
      },
    );
    this.name = "UnreachableError";
    this.url = url;
  }
}

/** The error that an answer stands for. What is not a problem document came from something in between. */
export async function apiErrorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.code === "string" && typeof problem.detail === "string")
      return new ApiError({
        type: "about:blank",
        title: problem.code,
        ...problem,
        code: problem.code,
        detail: problem.detail,
        status: response.status,
      });
  } catch {
    // Not JSON: described below.
  }
  return new ApiError({
    type: "about:blank",
    title: "unexpected answer",
    status: response.status,
    code: response.status >= 500 ? "upstream_failed" : "bad_request",
    detail: `${new URL(response.url || "http://unknown/").host} answered ${response.status} without a problem document. Is this URL a Berth control plane, and does a proxy stand in between?`,
  });
}

function reasonOf(cause: unknown): string {
  const inner = (cause as { cause?: { code?: unknown; message?: unknown } } | undefined)?.cause;
  if (typeof inner?.code === "string") return inner.code;
  if (typeof inner?.message === "string" && inner.message !== "") return inner.message;
  return cause instanceof Error ? cause.message : String(cause);
}
