{{- define "whoami.selector" -}}
app.kubernetes.io/name: whoami
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "whoami.labels" -}}
{{ include "whoami.selector" . }}
app.kubernetes.io/part-of: hello-kubernetes
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
