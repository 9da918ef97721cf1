/** The media types under which `helm push` stores a chart and `helm pull` finds it. */
export const chartMediaTypes = {
  /** Chart.yaml as JSON. */
  config: "application/vnd.cncf.helm.config.v1+json",
  /** The archive. */
  content: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
} as const;
