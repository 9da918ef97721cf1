import { describe, expect, it } from "vitest";
import { createFixture } from "../workflows/testing/fixture.ts";
import { startWorkflow } from "../workflows/start.ts";
import { getState } from "./get-state.ts";
import { getStackOutputs, updateStackOutputs } from "./stack-outputs.ts";

describe("what the customer's stack has put out", () => {
  it("is told, goes into what is deployed, and makes a version of the state", async () => {
    await using fixture = await createFixture({
      components: [{ name: "api", vars: { where: "{{ .nuon.install_stack.outputs.region }}" } }],
    });
    const { ctx, installId } = fixture;
    const provision = async () =>
      (await startWorkflow({ ctx, input: { installId, operation: { type: "provision" }, approveAll: true } })).workflowId;
    const first = await provision();
    await fixture.finish(first, "sandbox/plan");
    await fixture.finish(first, "sandbox/apply", { outputs: { host: "h1" } });
    expect((await fixture.workflow(first)).steps.find(({ key }) => key === "component:api/plan")).toMatchObject({
      state: "failed",
      failure: { reason: "template_failed", detail: expect.stringContaining("berth installs stack <install> region=…") as unknown },
    });

    const set = { region: "eu-west-1", subnets: ["a", "b"], old: "x" };
    await updateStackOutputs({ ctx, input: { installId, set, unset: [] } });
    await updateStackOutputs({ ctx, input: { installId, set: {}, unset: ["old"] } });
    expect(await getStackOutputs({ ctx, input: { installId } })).toEqual({ outputs: { region: "eu-west-1", subnets: ["a", "b"] } });
    const { content } = await getState({ ctx, input: { installId } });
    expect(content).toMatchObject({ install_stack: { populated: true, outputs: { subnets: ["a", "b"] } } });

    const second = (
      await startWorkflow({ ctx, input: { installId, operation: { type: "deploy", components: ["api"], withDependents: false } } })
    ).workflowId;
    expect((await fixture.spec(second, "component:api/plan")).spec).toMatchObject({ vars: { where: "eu-west-1" } });
  });

  it("is refused where the name is made from the inputs, or there would be too much", async () => {
    await using fixture = await createFixture({});
    const { ctx, installId } = fixture;
    const update = (set: Record<string, unknown>) => updateStackOutputs({ ctx, input: { installId, set, unset: [] } });
    await expect(update({ install_inputs: {} })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("update-inputs") as unknown,
    });
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`o${index}`, "x"]));
    await expect(update(many)).rejects.toMatchObject({ code: "unprocessable", message: expect.stringContaining("501") as unknown });
    expect(await getStackOutputs({ ctx, input: { installId } })).toEqual({ outputs: {} });
  });
});
