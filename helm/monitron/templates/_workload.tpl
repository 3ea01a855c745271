{{- /* The gateway beside api and ingest: (list root program). Each reaches its own program on loopback
and the other one through that one's gateway. */ -}}
{{- define "monitron.gateway" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
{{- $name := include "monitron.name" $root -}}
- name: gateway
  image: {{ include "monitron.image" (list $root "gateway") }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  ports: [{ name: http, containerPort: 3000 }, { name: inner, containerPort: 3001 }]
  env:
    - { name: GATEWAY_LISTEN, value: "0.0.0.0:3000" }
    - { name: GATEWAY_PLAIN_LISTEN, value: "0.0.0.0:3001" }
    {{- if eq $program "api" }}
    - { name: INGEST_ADDRESS, value: "{{ $name }}-ingest:80" }
    {{- else }}
    - { name: API_ADDRESS, value: "{{ $name }}-api:80" }
    - { name: QUERY_ADDRESS, value: "{{ $name }}-api:80" }
    - { name: STREAM_ADDRESS, value: "{{ $name }}-api:80" }
    {{- end }}
    - { name: GATEWAY_API_RATE, value: {{ $root.Values.gateway.apiRate | quote }} }
    - { name: GATEWAY_LOGIN_RATE, value: {{ $root.Values.gateway.loginRate | quote }} }
    - { name: GATEWAY_TRUSTED_PROXIES, value: {{ join " " $root.Values.gateway.trustedProxies | quote }} }
    {{- if and $root.Values.gateway.tlsSecret (eq $program "api") }}
    - { name: GATEWAY_TLS_CERTIFICATE, value: /tls/tls.crt }
    - { name: GATEWAY_TLS_KEY, value: /tls/tls.key }
    {{- end }}
  securityContext: {{- include "monitron.containerSecurity" $root | nindent 4 }}
  startupProbe: { tcpSocket: { port: http }, periodSeconds: 1, failureThreshold: 60 }
  livenessProbe: { tcpSocket: { port: http }, periodSeconds: 10 }
  readinessProbe: { tcpSocket: { port: http }, periodSeconds: 5 }
  # Endpoints disappear a moment after the pod is told to stop.
  lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
  resources: {{- toYaml $root.Values.gateway.resources | nindent 4 }}
  volumeMounts:
    - { name: gateway, mountPath: /run/gateway }
    {{- if and $root.Values.gateway.tlsSecret (eq $program "api") }}
    - { name: tls, mountPath: /tls, readOnly: true }
    {{- end }}
{{- end -}}

{{- define "monitron.env" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
{{ include "monitron.fromSecret" (list $root "DATABASE_URL" "databaseUrl" false) }}
{{ include "monitron.fromSecret" (list $root "RABBITMQ_URL" "rabbitmqUrl" false) }}
{{ include "monitron.fromSecret" (list $root "JWT_SECRET" "jwtSecret" false) }}
{{ include "monitron.fromSecret" (list $root "ENCRYPTION_KEY" "encryptionKey" false) }}
{{ include "monitron.fromSecret" (list $root "ENCRYPTION_KEYS_OLD" "encryptionKeysOld" true) }}
{{- if eq $program "api" }}
{{ include "monitron.fromSecret" (list $root "ADMIN_EMAIL" "adminEmail" false) }}
{{ include "monitron.fromSecret" (list $root "ADMIN_PASSWORD" "adminPassword" false) }}
{{ include "monitron.fromSecret" (list $root "MONITRON_ALERTMANAGER_WEBHOOK_TOKEN" "alertmanagerWebhookToken" true) }}
{{ include "monitron.fromSecret" (list $root "MONITRON_API_OIDC_CLIENT_SECRET" "oidcClientSecret" true) }}
{{- end }}
{{- if eq $program "notifier" }}
{{ include "monitron.fromSecret" (list $root "EMAIL_USERNAME" "emailUsername" true) }}
{{ include "monitron.fromSecret" (list $root "EMAIL_PASSWORD" "emailPassword" true) }}
{{- end }}
- { name: MONITRON_{{ upper $program }}_PROBES_ADDRESS, value: "0.0.0.0:9090" }
{{- if and (eq $program "checker") $root.Values.checker.scripts.configMap }}
# Below ..data lie the files themselves; beside it are links to them, which are not run.
- { name: MONITRON_CHECKER_SCRIPTS_DIR, value: /etc/monitron/scripts/..data }
{{- end }}
{{- range $key, $value := merge (dict) (index $root.Values $program).extraEnv $root.Values.config.extraEnv }}
- { name: {{ $key }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end -}}

{{- /* One of the five services: (list root program). */ -}}
{{- define "monitron.workload" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
{{- $values := index $root.Values $program -}}
{{- $behindGateway := has $program (list "api" "ingest") -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "monitron.name" $root }}-{{ $program }}
  labels: {{- include "monitron.labels" (list $root $program) | nindent 4 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  selector:
    matchLabels: {{- include "monitron.selector" (list $root $program) | nindent 6 }}
  strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  template:
    metadata:
      labels: {{- include "monitron.labels" (list $root $program) | nindent 8 }}
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/config.yaml") $root | sha256sum }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "monitron.podSecurity" $root | nindent 8 }}
        {{- if eq $program "checker" }}
        # Ping without CAP_NET_RAW; a "safe" sysctl.
        sysctls: [{ name: net.ipv4.ping_group_range, value: "0 2147483647" }]
        {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "monitron.selector" (list $root $program) | nindent 14 }}
      initContainers:
        # Safe to run in every pod at once: the migrations hold an advisory lock.
        - name: migrate
          image: {{ include "monitron.image" (list $root "migrate") }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [up]
          env: {{- include "monitron.fromSecret" (list $root "DATABASE_URL" "databaseUrl" false) | nindent 12 }}
          securityContext: {{- include "monitron.containerSecurity" $root | nindent 12 }}
          resources:
            requests: { cpu: 10m, memory: 16Mi }
            limits: { memory: 128Mi }
      containers:
        - name: {{ $program }}
          image: {{ include "monitron.image" (list $root $program) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          ports: [{ name: probes, containerPort: 9090 }]
          envFrom: [{ configMapRef: { name: {{ include "monitron.name" $root }} } }]
          env: {{- include "monitron.env" (list $root $program) | nindent 12 }}
          securityContext: {{- include "monitron.containerSecurity" $root | nindent 12 }}
          startupProbe: { httpGet: { path: /livez, port: probes }, periodSeconds: 2, failureThreshold: 60 }
          livenessProbe: { httpGet: { path: /livez, port: probes }, periodSeconds: 10, timeoutSeconds: 5 }
          readinessProbe: { httpGet: { path: /readyz, port: probes }, periodSeconds: 5, timeoutSeconds: 5 }
          {{- if $behindGateway }}
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
          {{- end }}
          resources: {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- if and (eq $program "checker") $values.scripts.configMap }}
            - { name: scripts, mountPath: /etc/monitron/scripts, readOnly: true }
            {{- end }}
        {{- if $behindGateway }}
        {{- include "monitron.gateway" (list $root $program) | nindent 8 }}
        {{- end }}
      volumes:
        - { name: tmp, emptyDir: {} }
        {{- if and (eq $program "checker") $values.scripts.configMap }}
        - { name: scripts, configMap: { name: {{ $values.scripts.configMap }}, defaultMode: 0555 } }
        {{- end }}
        {{- if $behindGateway }}
        - { name: gateway, emptyDir: { sizeLimit: 1Gi } }
        {{- end }}
        {{- if and $root.Values.gateway.tlsSecret (eq $program "api") }}
        - { name: tls, secret: { secretName: {{ $root.Values.gateway.tlsSecret }} } }
        {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
