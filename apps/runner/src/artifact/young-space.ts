import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap's space for new objects at the size it has. Moving bytes makes a great many small objects that live for a moment; the space for them would
 * grow to tens of megabytes and make nothing faster.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--scavenger-max-new-space-capacity-mb=1");
}
