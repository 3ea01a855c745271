{{- define "monitron.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "monitron.secret" -}}
{{- default (include "monitron.name" .) .Values.existingSecret -}}
{{- end -}}

{{- /* image: (list root program) */ -}}
{{- define "monitron.image" -}}
{{- $root := index . 0 -}}
{{- $prefix := ternary (printf "%s/" (trimSuffix "/" $root.Values.image.registry)) "" (ne $root.Values.image.registry "") -}}
{{- printf "%smonitron-%s:%s" $prefix (index . 1) (default $root.Chart.AppVersion $root.Values.image.tag) -}}
{{- end -}}

{{- define "monitron.selector" -}}
app.kubernetes.io/name: monitron
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "monitron.labels" -}}
{{ include "monitron.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
app.kubernetes.io/part-of: monitron
{{- end -}}

{{- /* Pod Security "restricted", for every pod of the chart. */ -}}
{{- define "monitron.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "monitron.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "monitron.fromSecret" -}}
- name: {{ index . 1 }}
  valueFrom: { secretKeyRef: { name: {{ include "monitron.secret" (index . 0) }}, key: {{ index . 2 }}, optional: {{ index . 3 }} } }
{{- end -}}
