// The shapes of the REST and stream contract (docs: /swagger/index.html). Nothing else in the
// UI describes what the server sends.

import type { InMaintenance } from "./alerting_types";
import type { Schemas } from "./described";
import type { Schema, Values } from "../lib/schema";

export type Labels = Record<string, string>;
export type Health = "up" | "down" | "unknown";
export type Role = Schemas["Role"];

// What a role can be made of.
export type Permission = Schemas["Permission"];

export type Severity = "info" | "warning" | "critical";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type User = Schemas["User"];

export type Team = Schemas["Team"];

// A role on the instances with these labels, of a user or a team.
export type Grant = Schemas["Grant"];

export type AuditEntry = Schemas["AuditEntry"];

export type Session = Schemas["Session"];

// The password was right, the second factor is waited for.
export type LoginChallenge = Schemas["LoginChallenge"];

// Where somebody is signed in.
export type OwnSession = Schemas["OwnSession"];

export type TotpState = Schemas["TotpState"];

export type Invitation = Schemas["Invitation"];

export type ApiToken = Schemas["Token"];

export type EnrolmentToken = Schemas["EnrolmentToken"];

export type InstanceKind = "server" | "vm" | "container" | "service" | "other";

export type Instance = Schemas["Instance"];

export type InstanceInput = Pick<Instance, "name" | "hostname" | "kind" | "labels" | "groups"> & {
  ip_address?: string | null;
  os?: string;
  description?: string;
  check_interval_seconds?: number | null;
  agent_version?: string;
  agent_port?: number | null;
  credentials?: Labels;
};

export type Group = Schemas["Group"];

export type GroupInput = Pick<Group, "name" | "description" | "parent_id">;

export type RelationKind = "runs-on" | "part-of" | "depends-on";

export type Relation = Schemas["Relation"];

export type RelationInput = Pick<Relation, "kind" | "instance_id" | "target_id">;

export type MetricValue = Sample["value"]; // text: "+Inf", "-Inf"

export type Sample = Schemas["Metric"];

export interface Element { // of what a query in PromQL answers
  metric: Labels;
  value: [number, string];
}

export type SeriesInfo = Schemas["Series"];

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

export type CheckResult = Schemas["CheckResult"];

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

export type CheckLocationState = Schemas["CheckLocationState"];

export type CheckSlots = Schemas["CheckSlots"];

export type CheckTest = Schemas["CheckTest"];

export interface EventDetail {
  response_head?: string;
  output?: string;
  performance_data?: string;
  certificate?: Record<string, unknown>;
  [name: string]: unknown;
}

export type CheckEvent = Schemas["CheckEvent"];

export type RuleKind = "check_state" | "threshold" | "instance_silent" | "location_silent" | "promql" | "anomaly" | "recording" | "rule_failing";
export type NoData = "ok" | "alert" | "keep";
export type CheckCondition = "down" | "unknown" | "warning" | "flapping";

export type Rule = Schemas["Rule"];

type RuleFacts = "health" | "last_evaluation_at" | "evaluation_seconds" | "last_error" | "waits_for";
type OfAnomalies = "season" | "direction" | "sensitivity" | "min_change" | "min_history_seconds";
export type RuleInput = Omit<Rule, "id" | "created_at" | "updated_at" | "version" | RuleFacts | OfAnomalies> & Partial<Pick<Rule, OfAnomalies>>;

export type Alert = Schemas["Alert"];

export interface IncidentEvent {
  at: string;
  kind: string;
  text: string;
  by?: string | null; // who did it; nobody: it happened
  assignee?: { id: string; name: string } | null; // of "assigned"
  expires_at?: string | null; // of "acknowledged"
}

export type Incident = Schemas["Incident"];

export type ReportFormat = "pdf" | "csv";

export type Report = Schemas["Report"];

export interface ReportInput {
  kind: "availability";
  format: ReportFormat;
  from: string;
  to: string;
  time_zone?: string;
  filter?: { labels: Labels };
  recipients?: string[];
}

export type ReportSchedule = Schemas["ReportSchedule"];

export type ReportScheduleInput = Omit<ReportSchedule, "id" | "next_run_at" | "version" | "created_at" | "updated_at">;

export interface Tally {
  total: number;
  up: number;
  down: number;
  unknown: number;
  maintenance?: number; // whatever their state; none of the others
  paused?: number; // of checks; not among the others
}

export type Overview = Schemas["Overview"];

export type StreamEvent =
  | ({ type: "metric" } & Sample)
  | { type: "resync" } // something was lost on the way to the server
  | { type: "dropped"; count: number } // … and on the way here
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
