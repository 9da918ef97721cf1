/** The version of the control plane, as in its package.json. */
export const version = "0.1.0";
