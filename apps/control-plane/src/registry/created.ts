/** The answer to a blob that is now there. */
export function created(repository: string, digest: string): Response {
  const headers = { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest, "content-length": "0" };
  return new Response(null, { status: 201, headers });
}
