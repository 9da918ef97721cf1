/** This runner's version, as it tells the control plane. */
export const runnerVersion = "0.1.0";
