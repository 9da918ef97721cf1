import { pullUsername } from "./secret.ts";

/** What `docker login` would leave behind: the content of a `config.json`, or of a secret of type `kubernetes.io/dockerconfigjson`. */
export function dockerConfig(input: { server: string; password: string }): string {
  const { server, password } = input;
  const auth = Buffer.from(`${pullUsername}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [server]: { username: pullUsername, password, auth } } });
}
