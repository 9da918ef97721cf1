import { z } from "zod";
import { route } from "../route.ts";
import { none } from "../shapes.ts";

/** What a stack puts out: texts mostly; lists, and maps such as the ARNs of roles by name. */
const stackOutputsSchema = z.record(z.string(), z.unknown());

const install = z.object({ installId: z.string().max(64) });
const path = "/v1/installs/:installId/stack-outputs";
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "is no name of an output: letters, digits and _ only");

export const stackOutputsContract = {
  "installs.stackOutputs.get": route({
    method: "GET",
    path,
    tag: "installs",
    summary: "Get what the stack in the customer's account has put out",
    params: install,
    query: none,
    body: none,
    response: z.object({ outputs: stackOutputsSchema }),
  }),
  "installs.stackOutputs.update": route({
    method: "PATCH",
    path,
    tag: "installs",
    summary: "Set and take away outputs of the stack in the customer's account; the others stay",
    description: "Templates read them as `.nuon.install_stack.outputs`. Nothing is deployed by it.",
    params: install,
    query: none,
    body: z.object({
      set: z
        .record(name, z.json())
        .default({})
        .refine((outputs) => JSON.stringify(outputs).length <= 256 * 1024, "is larger than 256 KiB"),
      unset: z.array(z.string().max(128)).max(500).default([]),
    }),
    response: z.object({ outputs: stackOutputsSchema }),
  }),
};
