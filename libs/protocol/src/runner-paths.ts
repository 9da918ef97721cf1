/**
 * The runner's HTTP requests, next to its WebSocket. Paths are relative to the control plane's base URL.
 *
 *   POST /runner/v1/enroll                                   one-time token + public key → runner id (no other credential)
 *   GET  /runner/v1/connect                                  WebSocket upgrade, subprotocol berth.runner.v1
 *   GET  /runner/v1/jobs/:jobId/state                        current Terraform state of the job's target; 204 where there is none   [job token]
 *   POST /runner/v1/jobs/:jobId/lock | /unlock               Terraform's lock info as body; 423 + the holder's info when held        [job token]
 *   GET  /runner/v1/jobs/:jobId/plan                         the approved plan's bytes                                              [job token]
 *   PUT  /runner/v1/jobs/:jobId/states/:sequence             a state version, in order from 1; repeat = same answer                 [session token]
 *   PUT  /runner/v1/jobs/:jobId/plan                         plan file bytes                                                        [session token]
 *   PUT  /runner/v1/jobs/:jobId/plan-display                 what people are shown of it: JSON lines, gzip                          [session token]
 *
 * Uploads carry `Berth-Epoch` and `Berth-Digest` (of the uncompressed body); a state also `Berth-Lock-Id`. An older epoch gets 409 `epoch_stale`
 * and is never sent again; bytes that do not hash to the digest get 422 `digest_mismatch`.
 */
export const runnerPaths = {
  enroll: "/runner/v1/enroll",
  connect: "/runner/v1/connect",
  state: (jobId: string) => `/runner/v1/jobs/${jobId}/state`,
  lock: (jobId: string) => `/runner/v1/jobs/${jobId}/lock`,
  unlock: (jobId: string) => `/runner/v1/jobs/${jobId}/unlock`,
  plan: (jobId: string) => `/runner/v1/jobs/${jobId}/plan`,
  planDisplay: (jobId: string) => `/runner/v1/jobs/${jobId}/plan-display`,
  stateVersion: (jobId: string, sequence: number) => `/runner/v1/jobs/${jobId}/states/${sequence}`,
} as const;
