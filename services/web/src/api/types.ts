// The shapes of the REST and stream contract (docs: /swagger/index.html). Nothing else in the
// UI describes what the server sends.

import type { Schema, Values } from "../lib/schema";
import type { Acknowledgement, InMaintenance, SilencedBy, SuppressedBy, Told } from "./alerting_types";

export type Labels = Record<string, string>;
export type Health = "up" | "down" | "unknown";
export type Role = "admin" | "operator" | "viewer";
export type Severity = "info" | "warning" | "critical";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  permissions?: string[]; // of the own account
  email_verified_at?: string | null;
  created_at?: string;
  version?: number;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  credential: string;
  action: string;
  object: string;
  object_id: string;
  change: Record<string, unknown>;
  peer: string;
  request_id: string;
  hash: string;
}

export interface Session {
  access_token: string;
  refresh_token: string;
  token_type: "Bearer";
  expires_in: number;
  user: User;
}

// The password was right, the second factor is waited for.
export interface LoginChallenge {
  challenge_token: string;
  expires_in: number;
}

// Where somebody is signed in.
export interface OwnSession {
  id: string;
  created_at: string;
  last_used_at: string;
  address: string;
  user_agent: string;
  current: boolean;
}

export interface TotpState {
  enabled: boolean;
  confirmed_at: string | null;
  recovery_codes_left: number;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  created_at: string;
  expires_at: string;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: string[];
  prefix?: string;
  created_at: string;
  expires_at?: string | null;
  last_used_at?: string | null;
  token?: string;
}

export interface EnrolmentToken {
  id: string;
  name: string;
  prefix?: string;
  created_at: string;
  expires_at?: string | null;
  max_uses?: number | null;
  uses?: number;
  token?: string;
}

export type InstanceKind = "server" | "vm" | "container" | "service" | "other";

export interface Instance {
  id: string;
  name: string;
  hostname: string;
  ip_address?: string | null;
  kind: InstanceKind;
  os?: string | null;
  description?: string | null;
  labels: Labels;
  groups: string[];
  agent_version?: string | null;
  check_interval_seconds?: number | null; // of its checks that have none of their own
  agent_port?: number | null;
  credentials?: Labels; // names; the values are masks
  last_seen?: string | null;
  created_at: string;
  updated_at: string;
  version: number;
  health: Health;
  maintenance?: InMaintenance | null;
  checks?: { up: number; down: number; unknown: number };
}

export type InstanceInput = Pick<Instance, "name" | "hostname" | "kind" | "labels" | "groups"> & {
  ip_address?: string | null;
  os?: string;
  description?: string;
  check_interval_seconds?: number | null;
  agent_version?: string;
  agent_port?: number | null;
  credentials?: Labels;
};

export interface Group {
  id: string;
  name: string; // no other has it
  description: string;
  parent_id: string | null; // the group that it is in
  members: number;
  version: number;
}

export type GroupInput = Pick<Group, "name" | "description" | "parent_id">;

export type RelationKind = "runs-on" | "part-of" | "depends-on";

export interface Relation {
  id: string;
  kind: RelationKind;
  instance_id: string; // this one runs on …
  target_id: string; // … this one
  version: number;
}

export type RelationInput = Pick<Relation, "kind" | "instance_id" | "target_id">;

export type MetricValue = number | null | "+Inf" | "-Inf";

export interface Sample {
  server_id: string;
  metric_type: string;
  metric_name: string;
  value: MetricValue;
  labels: Labels;
  timestamp: string;
}

export interface Element { // of what a query in PromQL answers
  metric: Labels;
  value: [number, string];
}

export interface SeriesInfo {
  metric_type: string;
  metric_name: string;
  labels: Labels;
  last_timestamp?: string | null;
}

export type CheckKind = string; // built in, or an own type
export type TargetForm = "url" | "host_port" | "host" | "domain" | "name" | "word";
export type CheckSettings = Partial<Record<CheckKind, Values>>;

export interface CheckType {
  name: CheckKind;
  description: string;
  kind: CheckKind; // that carries it out
  target: TargetForm;
  default_port: number | null;
  interval_seconds: number;
  timeout_seconds: number;
  retry_interval_seconds: number;
  failures_before_down: number;
  successes_before_up: number;
  active: boolean;
  settings_schema: Schema;
  built_in: boolean;
}

export type Phase = "resolve" | "connect" | "tls" | "first_byte" | "transfer";

export interface CheckResult {
  check_id?: string;
  location?: string;
  scheduled_at?: string;
  started_at?: string;
  status: Health;
  warning?: boolean; // up, but somebody should look at it
  duration_seconds: number | null;
  reason?: string;
  phases?: Partial<Record<Phase, number>>;
  values?: Record<string, unknown>;
  detail?: EventDetail;
}

export interface Check {
  id: string;
  name: string;
  instance_id?: string | null;
  kind: CheckKind;
  target: string;
  interval_seconds: number;
  interval_inherited: boolean;
  timeout_seconds: number;
  retry_interval_seconds: number;
  locations: string[];
  quorum: number;
  enabled: boolean;
  labels: Labels;
  failures_before_down: number;
  successes_before_up: number;
  flap_detection: boolean;
  settings: CheckSettings;
  status: Health | "paused";
  status_since?: string | null;
  maintenance?: InMaintenance | null;
  flapping?: boolean; // it goes up and down too often
  flapping_percent?: number; // of its latest results that differ from the one before, newer ones count more
  warning?: boolean; // up, and enough results in a row warned
  last_result?: CheckResult | null;
  locations_state?: CheckLocationState[]; // not in lists
  ping_url?: string; // of a heartbeat
  version: number;
  created_at: string;
  updated_at: string;
}

export type CheckInput = { interval_seconds: number | null /* inherited */ } & Omit<
  Check,
  "id" | "interval_seconds" | "interval_inherited" | "status" | "status_since" | "maintenance" | "flapping" | "flapping_percent" | "warning" | "last_result" | "locations_state" | "ping_url" | "version" | "created_at" | "updated_at"
>;

export interface CheckLocationState {
  location: string;
  status: Health;
  status_since: string | null;
  last_result: CheckResult | null;
}

export interface CheckSlots {
  expected: number;
  results: number;
  missed: { from: string; to: string; reason: string; location: string; count: number }[];
  unexplained: number;
}

export interface CheckTest {
  id: string;
  state: "running" | "done" | "failed";
  result?: CheckResult | null;
}

export interface EventDetail {
  response_head?: string;
  output?: string;
  performance_data?: string;
  certificate?: Record<string, unknown>;
  [name: string]: unknown;
}

export interface CheckEvent {
  at: string;
  location?: string;
  status: Health;
  previous_status?: Health | null;
  flapping?: "began" | "ended" | null;
  warning?: "began" | "ended" | null;
  reason?: string;
  detail?: EventDetail | null;
}

export type RuleKind = "check_state" | "threshold" | "instance_silent" | "location_silent" | "promql" | "anomaly" | "recording" | "rule_failing";
export type NoData = "ok" | "alert" | "keep";
export type CheckCondition = "down" | "unknown" | "warning" | "flapping";

export interface Rule {
  id: string;
  name: string;
  kind: RuleKind;
  expr?: string | null;
  check_id?: string | null;
  label_selector?: Labels;
  for_seconds: number;
  keep_firing_for_seconds: number;
  interval_seconds?: number;
  no_data: NoData;
  states: CheckCondition[];
  record?: string; // of recording rules: the name of what they make
  group_name: string; // where it was imported from
  season?: "week" | "day" | "flat"; // these five of anomalies alone
  direction?: "both" | "up" | "down";
  sensitivity?: number; // half the width of the band, in standard deviations
  min_change?: number;
  min_history_seconds?: number;
  severity: Severity;
  labels: Labels;
  annotations: Labels;
  enabled: boolean;
  health?: "ok" | "err" | "unknown"; // how it is evaluated
  last_evaluation_at?: string | null;
  evaluation_seconds?: number | null;
  last_error?: string | null;
  waits_for?: string | null; // why it is not evaluated just now
  created_at: string;
  updated_at: string;
  version: number;
}

type RuleFacts = "health" | "last_evaluation_at" | "evaluation_seconds" | "last_error" | "waits_for";
export type RuleInput = Omit<Rule, "id" | "created_at" | "updated_at" | "version" | RuleFacts>;

export interface Alert {
  id: string;
  rule_id: string;
  rule_name: string;
  title: string;
  text: string;
  state: "pending" | "firing";
  severity: Severity;
  labels: Labels;
  annotations: Labels;
  value?: MetricValue;
  active_since: string;
  incident_id?: string | null;
  suppressed_by?: SuppressedBy | null;
  silenced_by?: SilencedBy | null;
  acknowledgement?: Acknowledgement | null; // in lists
  keep_firing_until?: string | null;
}

export interface IncidentEvent {
  at: string;
  kind: string;
  text: string;
  by?: string | null; // who did it; nobody: it happened
  assignee?: { id: string; name: string } | null; // of "assigned"
  expires_at?: string | null; // of "acknowledged"
}

export interface Incident {
  id: string;
  rule_id?: string | null;
  alert_id?: string;
  rule_name: string;
  title: string;
  text?: string;
  severity: Severity;
  state: "open" | "acknowledged" | "resolved";
  labels: Labels;
  opened_at: string;
  resolved_at?: string | null;
  value?: MetricValue;
  acknowledgement?: Acknowledgement | null;
  assignee?: { id: string; name: string } | null;
  audience?: string | null; // the person whose own threshold it is about
  time_to_acknowledge_seconds?: number | null;
  time_to_resolve_seconds?: number | null;
  drill?: boolean;
  silenced_by?: SilencedBy | null;
  events?: IncidentEvent[]; // of one incident, not in lists
  notifications?: Told[];
}

export type ReportFormat = "pdf" | "csv";

export interface Report {
  id: string;
  kind: string;
  format: ReportFormat;
  state: "queued" | "running" | "done" | "failed";
  from: string;
  to: string;
  time_zone?: string | null;
  schedule_id?: string | null;
  created_at: string;
  finished_at?: string | null;
  size_bytes?: number | null;
  file_name?: string | null;
  error?: string | null;
}

export interface ReportInput {
  kind: "availability";
  format: ReportFormat;
  from: string;
  to: string;
  time_zone?: string;
  filter?: { labels: Labels };
  recipients?: string[];
}

export interface ReportSchedule {
  id: string;
  name: string;
  kind: "availability";
  format: ReportFormat;
  cadence: "daily";
  at: string;
  time_zone: string;
  recipients: string[];
  filter?: { labels: Labels } | null;
  enabled: boolean;
  next_run_at?: string | null;
  version?: number;
}

export type ReportScheduleInput = Omit<ReportSchedule, "id" | "next_run_at" | "version">;

export interface Tally {
  total: number;
  up: number;
  down: number;
  unknown: number;
  maintenance?: number; // whatever their state; none of the others
  paused?: number; // of checks; not among the others
}

export interface Overview {
  instances: Tally;
  checks: Tally;
  alerts: { firing: number; silenced: number; suppressed: number; pending: number }; // each counts once
  alertmanagers?: { name: string; answers: boolean; since: string }[]; // as found lately
  incidents_open: number;
}

export type StreamEvent =
  | ({ type: "metric" } & Sample)
  | {
      type: "check";
      check_id: string;
      status: Health;
      previous_status?: Health;
      flapping?: boolean;
      warning?: boolean; // of the check
      result_status?: Health;
      result_warning?: boolean;
      duration_seconds: number;
      reason?: string;
      phases?: CheckResult["phases"];
      values?: CheckResult["values"];
      scheduled_at?: string;
      timestamp: string;
    }
  | {
      type: "alert";
      incident_id: string;
      rule_name: string;
      state: string;
      severity: Severity;
      labels: Labels;
      timestamp: string;
    }
  | { type: "incident"; incident_id: string; action: string; state: Incident["state"]; by: string; timestamp: string } // people did something about it
  | { type: "dropped"; count: number };

export interface ProblemField {
  field: string;
  code?: string;
  message: string;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  request_id?: string;
  errors?: ProblemField[];
}
