import { jobSpecSchema } from "@berth/protocol/job-spec";
import type { Component } from "@berth/toml-schema/app-config";
import { describe, expect, it } from "vitest";
import { noOverrides, type Overrides } from "../../overrides/contents.ts";
import { createRenderer } from "../render-text.ts";
import { specOf, type ComponentOf } from "./spec-of.ts";

const digest = `sha256:${"a".repeat(64)}`;
const artifact = { registryUrl: "https://berth.test", repository: "org/app/component/web", digest };
const common = {
  file: "components/web.toml",
  name: "web",
  dependencies: [],
  labels: {},
  operationRoles: [],
  toggleable: false,
  defaultEnabled: true,
  buildTimeoutSeconds: 60,
  deployTimeoutSeconds: 600,
  references: [],
  maxAutoRetries: 0,
  skipNoops: true,
  autoApproveOnPoliciesPassing: false,
};
const tree = {
  install: { id: "inl1" },
  inputs: { inputs: { size: "3", key: "a\nb: c" } },
  components: { api: { status: "active", outputs: { image: { tag: "bld7", repository: "reg/api" } } } },
};

function make(
  entity: Component,
  more: { helmDriver?: string; attempt?: number; found?: Record<string, unknown>; overrides?: Overrides } = {},
) {
  const render = createRenderer({ where: `component:${entity.name} (${entity.file})`, tree, now: new Date(0) });
  const made = specOf({
    entity,
    target: `component:${entity.name}`,
    destroy: false,
    render,
    overrides: more.overrides ?? noOverrides,
    artifact: () => artifact,
    cluster: () => ({ kind: "ambient" }),
    build: { id: "bld1", found: more.found ?? {} },
    workflowId: "wfl0123456789abcdefghij",
    attempt: more.attempt ?? 1,
    runner: {
      file: "runner.toml",
      runnerType: "aws",
      envVars: {},
      ...(more.helmDriver === undefined ? {} : { helmDriver: more.helmDriver }),
    },
    publicHost: "berth.test",
  });
  if (made && !render.failure()) expect(jobSpecSchema.parse(made.spec)).toEqual(made.spec);
  return { made, failure: render.failure() };
}

describe("a chart", () => {
  const chart: ComponentOf<"helm_chart"> = {
    ...common,
    type: "helm_chart",
    chartName: "web",
    namespace: "{{.nuon.install.id}}",
    values: { "image.tag": "{{ .nuon.components.api.outputs.image.tag }}" },
    valuesFiles: ["replicas: {{ .nuon.inputs.inputs.size }}", "note: '{{ include \"x\" . }}'"],
    takeOwnership: true,
    atomic: true,
    runTests: true,
  };

  it("becomes a plan of its release with everything rendered; braces of the chart stay", () => {
    expect(make(chart).made).toEqual({
      spec: {
        kind: "helm.plan",
        target: "component:web",
        artifact,
        cluster: { kind: "ambient" },
        releaseName: "web",
        namespace: "inl1",
        valuesFiles: ["replicas: 3", "note: '{{ include \"x\" . }}'"],
        set: { "image.tag": "bld7" },
        overrides: [],
        storageDriver: "secret",
        takeOwnership: true,
        waitSeconds: 600,
        atomic: true,
        runTests: true,
        destroy: false,
      },
      timeoutSeconds: 900,
    });
  });

  it("gets what its install sets over it last: single values after those of the config, the document after everything", () => {
    const values = { "image.tag": "1", replicas: "2" };
    const { made } = make({ ...chart, values }, { overrides: { set: { "image.tag": "9", extra: "x" }, document: "a: 1\n" } });
    expect(made?.spec).toMatchObject({ set: { replicas: "2", "image.tag": "9", extra: "x" }, overrides: ["a: 1\n"] });
    expect(Object.keys(made?.spec.kind === "helm.plan" ? made.spec.set : {})).toEqual(["replicas", "image.tag", "extra"]);
  });

  it("keeps its releases as the component says, or else the runner; what is unknown here is taken for secrets, with a note", () => {
    expect(make(chart, { helmDriver: "configmap" }).made).toMatchObject({ spec: { storageDriver: "configmap" } });
    expect(make({ ...chart, storageDriver: "secret" }, { helmDriver: "configmap" }).made).toMatchObject({
      spec: { storageDriver: "secret" },
    });
    expect(make({ ...chart, storageDriver: "nuon" }).made).toMatchObject({
      spec: { storageDriver: "secret" },
      note: expect.stringMatching(/secrets of its namespace.*"nuon"/) as string,
    });
  });

  it("with a name that no release or namespace can have is refused, naming the field", () => {
    expect(make({ ...chart, chartName: "W" }).failure).toMatchObject({
      reason: "spec_invalid",
      detail: expect.stringMatching(/^chart_name of component:web \(components\/web\.toml\): "W" is no name of a release/) as string,
    });
    expect(make({ ...chart, chartName: "a".repeat(54) }).failure).toMatchObject({ detail: expect.stringMatching(/at most 53/) as string });
    expect(make({ ...chart, namespace: "a.b" }).failure).toMatchObject({ detail: expect.stringMatching(/^namespace of/) as string });
  });
});

describe("a manifest", () => {
  const manifest: ComponentOf<"kubernetes_manifest"> = { ...common, type: "kubernetes_manifest", namespace: "api" };

  it("is rendered before anybody reads it as YAML", () => {
    // What stands in an action need not be YAML, and what it gives may be any YAML.
    const text = "{{ if .nuon.install.id }}\nkey: {{ .nuon.inputs.inputs.key }}\n{{ end }}";
    expect(make({ ...manifest, manifest: text }).made).toMatchObject({
      spec: { kind: "kubernetes.plan", namespace: "api", waitSeconds: 600, source: { kind: "documents", text: "\nkey: a\nb: c\n" } },
      timeoutSeconds: 900,
    });
  });

  it("made by kustomize takes the artifact and rendered patches", () => {
    const kustomize = { path: "./overlays/prod", patches: ["value: {{ .nuon.install.id }}"], enableHelm: true, loadRestrictor: "rootOnly" };
    expect(make({ ...manifest, kustomize }).made).toMatchObject({
      spec: {
        source: {
          kind: "kustomize",
          artifact,
          path: "./overlays/prod",
          patches: ["value: inl1"],
          enableHelm: true,
          loadRestrictor: "rootOnly",
        },
      },
    });
    expect(make({ ...manifest, kustomize: { ...kustomize, patches: ["{{ .nuon.nothing }}"] } }).failure?.detail).toMatch(
      /^kustomize\.patches, patch 1 of component:web/,
    );
  });
});

describe("a job", () => {
  const job: ComponentOf<"job"> = {
    ...common,
    name: "Run Migrations",
    type: "job",
    imageUrl: "{{ .nuon.components.api.outputs.image.repository }}",
    tag: "{{ .nuon.components.api.outputs.image.tag }}",
    cmd: ["/bin/migrate"],
    args: ["up", "{{ .nuon.inputs.inputs.size }}"],
    envVars: { KEY: "{{ .nuon.inputs.inputs.key }}" },
  };
  const document = (made: ReturnType<typeof make>["made"]): unknown =>
    made?.spec.kind === "kubernetes.plan" && made.spec.source.kind === "documents" ? JSON.parse(made.spec.source.text) : undefined;

  it("becomes a Job of Kubernetes that runs once, whatever its values hold", () => {
    const { made } = make(job);
    expect(made).toMatchObject({ spec: { kind: "kubernetes.plan", namespace: "inl1" } });
    const labels = { "app.kubernetes.io/name": "run-migrations", "app.kubernetes.io/managed-by": "berth" };
    expect(document(made)).toEqual({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "run-migrations-cdefghij", labels },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: "Never",
            containers: [
              {
                name: "job",
                image: "reg/api:bld7",
                command: ["/bin/migrate"],
                args: ["up", "3"],
                env: [{ name: "KEY", value: "a\nb: c" }],
              },
            ],
          },
        },
      },
    });
  });

  it("names the secret that its image is pulled with where its config asks for one", () => {
    expect(document(make({ ...job, imagePullSecret: true }).made)).toMatchObject({
      spec: { template: { spec: { imagePullSecrets: [{ name: "berth-registry" }] } } },
    });
  });

  it("has another name in every plan, so that a retry runs it again, and none longer than pods can carry", () => {
    expect(document(make(job, { attempt: 2 }).made)).toMatchObject({ metadata: { name: "run-migrations-cdefghij-2" } });
    const long = document(make({ ...job, name: "x".repeat(200) }, { attempt: 2 }).made) as { metadata: { name: string } };
    expect(long.metadata.name).toMatch(/^x+-cdefghij-2$/);
    expect(long.metadata.name.length).toBeLessThanOrEqual(57);
    expect(document(make({ ...job, tag: digest }).made)).toMatchObject({
      spec: { template: { spec: { containers: [{ image: `reg/api@${digest}` }] } } },
    });
  });
});

describe("an image", () => {
  const image: ComponentOf<"container_image"> = {
    ...common,
    type: "container_image",
    source: { kind: "public", imageUrl: "nginx" },
    tag: "1.27",
  };

  it("is copied under its build's id, and keeps the tag that people know it by", () => {
    expect(make(image, { found: { displayTag: "1.27.3" } }).made).toEqual({
      spec: {
        kind: "image.sync",
        target: "component:web",
        source: artifact,
        publicHost: "berth.test",
        tag: "bld1",
        displayTag: "1.27.3",
        destroy: false,
      },
      timeoutSeconds: 900,
    });
    expect(make(image, { found: { displayTag: 5 } }).made?.spec).not.toHaveProperty("displayTag");
  });
});
