export async function runApply(): Promise<never> { throw new Error("x"); }
