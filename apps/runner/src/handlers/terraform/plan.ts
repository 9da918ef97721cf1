export async function runPlan(): Promise<never> { throw new Error("x"); }
