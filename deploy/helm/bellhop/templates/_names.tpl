{{- define "bellhop.name" -}}
{{- if contains "bellhop" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-bellhop" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "bellhop.selector" -}}
app.kubernetes.io/name: bellhop
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bellhop.labels" -}}
{{ include "bellhop.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "bellhop.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The servers, each by a reference to a secret. */}}
{{- define "bellhop.servers" -}}
- name: BELLHOP__STORE__URL
  valueFrom: { secretKeyRef: { name: {{ .Values.servers.secret }}, key: {{ .Values.servers.keys.store }} } }
- name: BELLHOP__BROKER__URL
  valueFrom: { secretKeyRef: { name: {{ .Values.servers.secret }}, key: {{ .Values.servers.keys.broker }} } }
- name: BELLHOP__LIMITS__URL
  valueFrom: { secretKeyRef: { name: {{ .Values.servers.secret }}, key: {{ .Values.servers.keys.limits }} } }
{{- end }}

{{- define "bellhop.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "bellhop.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
