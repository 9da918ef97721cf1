import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGitRepo } from "@berth/testkit/git-repo";
import { startDockerRegistry } from "@berth/testkit/docker-registry";
import { startKubernetes } from "@berth/testkit/kubernetes/start";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { itNeeds } from "@berth/testkit/programs";
import { describe, expect } from "vitest";
import { pushTinyImage } from "./support/image.ts";
import { startStack } from "./support/stack.ts";
import { until } from "./support/until.ts";
import { ended, start, stepOf, syncApp } from "./support/vendor.ts";

const example = join(import.meta.dirname, "../examples/hello-kubernetes");

/** The example's files, with the image and the repository that this machine has. */
async function files(replace: Record<string, string>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(example, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    let text = await readFile(path, "utf8");
    for (const [from, to] of Object.entries(replace)) text = text.replaceAll(from, to);
    found[path.slice(example.length + 1)] = text;
  }
  return found;
}

describe("the example for Kubernetes", () => {
  itNeeds("docker-registry")("goes as its README says: deployed, healthy, changed by an input, gone", async () => {
    const tools = await kubernetesTools();
    await using kubernetes = await startKubernetes();
    await using upstream = await startDockerRegistry();
    await using registry = await startDockerRegistry();
    await pushTinyImage({ url: upstream.url, repository: "traefik/whoami", tags: ["v1.10.3", "v1.11.0"] });
    const image = { "docker.io/traefik/whoami": `${new URL(upstream.url).host}/traefik/whoami` };
    await using repo = await createGitRepo(await files(image));
    await using app = await createGitRepo(await files({ ...image, "berth-examples/hello-kubernetes": repo.url }));
    await using stack = await startStack();
    const { client } = stack.controlPlane;
    await syncApp(client, "hello-kubernetes", app.dir);
    const { id: appId } = await client.call("apps.get", { params: { appId: "hello-kubernetes" } });
    const created = await client.call("installs.create", { body: { appId, name: "mine", inputs: { registry_url: registry.url } } });
    const installId = created.install.id;
    await stack.runner("runner", created.enrolment.token, {
      BERTH_HELM_PATH: tools.helm,
      BERTH_KUBECTL_PATH: tools.kubectl,
      BERTH_KUBECONFIG: kubernetes.kubeconfig,
      PATH: `${join(tools.kubectl, "..")}:${process.env.PATH}`,
    });
    await until("the runner to be online", async () => {
      const { runners } = await client.call("installs.get", { params: { installId } });
      return runners.some(({ state }) => state === "online");
    });
    const done = await ended(client, (await start(client, installId, { type: "provision" })).id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    const host = new URL(registry.url).host;
    expect(kubernetes.object("deployments", "whoami", installId)).toMatchObject({
      spec: {
        replicas: 2,
        template: {
          spec: { containers: [{ image: expect.stringMatching(new RegExp(`^${host}/hello-kubernetes/whoami_image@sha256:`)) as string }] },
        },
      },
    });
    expect((await client.call("installs.health", { params: { installId } })).health).toBe("healthy");

    await client.call("installs.inputs.update", { params: { installId }, body: { values: { replicas: 3 }, deploy: false } });
    const scaled = await ended(
      client,
      (await start(client, installId, { type: "deploy", components: ["whoami"], withDependents: false })).id,
    );
    const shown = await client.call("plans.display", { params: { planId: stepOf(scaled, "component:whoami/plan").planId ?? "" } });
    expect(shown).toMatchObject({ kind: "helm", summary: "Plan: 1 to change.", objects: [{ address: `Deployment ${installId}/whoami` }] });
    const gone = await ended(client, (await start(client, installId, { type: "deprovision" })).id);
    expect(gone.state, JSON.stringify(gone.failure)).toBe("succeeded");
    expect(kubernetes.objects("deployments", installId)).toEqual([]);
  });
});
