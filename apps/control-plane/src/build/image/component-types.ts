import type { Component } from "@berth/toml-schema/app-config";

export type ContainerImageComponent = Extract<Component, { type: "container_image" }>;
export type DockerBuildComponent = Extract<Component, { type: "docker_build" }>;
export type ImageSource = ContainerImageComponent["source"];
