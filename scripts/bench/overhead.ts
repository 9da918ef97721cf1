import type { Figure } from "./figure.ts";

/** What a deploy costs beside the same commands by hand, for each kind of component that has such commands. */
export async function measure(): Promise<Figure[]> {
  const terraform = await import("./overhead-terraform.ts");
  const helm = await import("./overhead-helm.ts");
  return [...(await terraform.measure()), ...(await helm.measure())];
}
