import type { Place } from "../choose-place.ts";
import type { Store, StoreContext } from "./store.ts";

/** Opens the place of a secret. What a cloud needs is loaded only where it is used. */
export async function openStore(ctx: StoreContext, place: Place): Promise<Store> {
  switch (place.kind) {
    case "aws":
      return (await import("./aws.ts")).awsStore(ctx, place);
    case "google":
      return (await import("./google.ts")).googleStore(ctx, place);
    case "azure":
      return (await import("./azure.ts")).azureStore(ctx, place);
    case "directory":
      return (await import("./directory.ts")).directoryStore(place);
  }
}
