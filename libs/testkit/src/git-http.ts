import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GitRepo } from "./git-repo.ts";

/** A git host over HTTP on the loopback that serves one repository. */
export type GitHost = AsyncDisposable & {
  /** `http://127.0.0.1:<port>/acme/repo` */
  url: string;
  /** `Authorization` headers it was sent, decoded. */
  logins: string[];
  /** Requests served so far. */
  requests: string[];
  /** From now on: answers as usual, with an error status, with a redirect, or accepts requests and never answers. */
  behave(how: "normal" | "hang" | { status: number } | { redirectTo: string }): void;
};

/** Serves a repository by git's own CGI program. @param input.login asks for this user and password */
export async function serveGitRepo(input: { repo: GitRepo; login?: { username: string; password: string } }): Promise<GitHost> {
  const logins: string[] = [];
  const requests: string[] = [];
  let how: Parameters<GitHost["behave"]>[0] = "normal";
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const login = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString("utf8");
    if (login) logins.push(login);
    const wanted = input.login ? `${input.login.username}:${input.login.password}` : login;
    if (how === "hang") response.on("error", () => {});
    else if (how === "normal" && login === wanted) serve(input.repo, request, response);
    else if (how === "normal") response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    else if ("status" in how) response.writeHead(how.status).end();
    else response.writeHead(302, { location: `${how.redirectTo}${request.url ?? ""}` }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/repo`,
    logins,
    requests,
    behave: (next) => {
      how = next;
    },
    [Symbol.asyncDispose]: () => close(server),
  };
}

function serve(repo: GitRepo, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const cgi = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: repo.dir,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname.replace(/^\/acme\/repo(\.git)?/, "/.git"),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
    },
  });
  request.pipe(cgi.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  cgi.stdout.on("data", (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const headers = new Headers(
      head
        .toString("latin1", 0, end)
        .split("\r\n")
        .map((line) => line.split(/: (.*)/, 2) as [string, string]),
    );
    const status = Number.parseInt(headers.get("status") ?? "200", 10);
    headers.delete("status");
    response.writeHead(status, Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  cgi.on("close", () => response.end());
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
