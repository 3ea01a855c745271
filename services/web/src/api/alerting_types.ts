// The shapes of alerting: incidents, silences, maintenance, dependencies, channels, drills.

import type { Alert, Labels, RuleInput, RuleKind, Severity } from "./types";

export interface Acknowledgement {
  by: string;
  comment: string;
  at: string;
  expires_at?: string | null;
  sticky: boolean;
}

export interface Told { // a row of the ledger: what left for whom, and what became of it
  at: string;
  transition: string;
  channel: string;
  target: string;
  state: "accepted" | "delivered" | "sent" | "failed" | "suppressed";
  detail?: string;
}

export interface SuppressedBy {
  kind: "maintenance" | "dependency" | "waiting";
  id: string;
  name: string;
  text: string;
}

export interface ExplainStep {
  at: string;
  kind: string;
  text: string;
  inputs?: Record<string, unknown> | null;
}

export interface Explanation {
  alert: Partial<Alert> | null;
  verdict: string;
  steps: ExplainStep[];
  delivery: Told[];
}

interface Times {
  opened: number;
  acknowledged: number;
  resolved: number;
  mtta_seconds: number | null;
  mttr_seconds: number | null;
}

export interface IncidentSummary extends Times {
  by_severity: (Times & { severity: Severity })[];
  by_rule: (Times & { rule_id: string | null; rule_name: string })[];
}

export interface Matcher {
  name: string;
  value: string;
  regex: boolean;
  equal: boolean;
}

export interface Silence {
  id: string;
  matchers: Matcher[];
  starts_at: string;
  ends_at: string;
  created_by: string;
  comment: string;
  state: "active" | "pending" | "expired";
}

// What did not reach every peer of Alertmanager, for people.
export type ToldSilence = Silence & { warnings: string[] };

export interface SilencedBy { // of an alert or an incident, now
  id: string;
  created_by: string;
  ends_at: string;
  comment: string;
}

export type SilenceInput = Pick<Silence, "matchers" | "starts_at" | "ends_at" | "comment">;

export interface Recurrence {
  rrule: string;
  start: string; // local, without a zone
  duration_seconds: number;
  time_zone: string;
}

export interface Occurrence {
  starts_at: string;
  ends_at: string;
}

export interface InMaintenance { // of a check or an instance, now
  id: string;
  name: string;
  until: string;
}

export interface MaintenanceWindow {
  id: string;
  name: string;
  description: string;
  selector: Labels;
  everything: boolean;
  starts_at?: string | null;
  ends_at?: string | null;
  recurrence?: Recurrence | null;
  counts_in_sla: boolean;
  active: boolean;
  active_until?: string | null;
  next: Occurrence[]; // that have not begun
  created_by?: string;
  version: number;
}

// What says when a window is, and what the server makes of it.
export type WindowTimes = Pick<MaintenanceWindow, "starts_at" | "ends_at" | "recurrence">;
export type WindowPreview = Pick<MaintenanceWindow, "active" | "active_until" | "next">;

export type MaintenanceInput = Omit<MaintenanceWindow, "id" | "active" | "active_until" | "next" | "created_by" | "version">;

export interface Dependency {
  id: string;
  name: string;
  children: Labels;
  child_check_id: string | null;
  parents: string[];
  version: number;
}

export type DependencyInput = Omit<Dependency, "id" | "version">;

export interface LastNotification {
  kind: "fired" | "reminder" | "resolved" | "digest" | "test";
  state: "held" | "waiting" | "pending" | "sending" | "sent" | "failed" | "digested" | "suppressed";
  detail: string;
  at: string;
}

export interface Channel {
  id: string;
  user_id: string;
  name: string;
  kind: "email" | "webhook";
  address: string | null;
  url: string | null;
  secret: string | null; // masked, but in the answer that made it
  enabled: boolean;
  last_notification: LastNotification | null;
  version: number;
}

export interface ChannelInput {
  name: string;
  kind: "email" | "webhook";
  address?: string;
  url?: string;
  secret?: string;
  enabled: boolean;
}

export interface Subscription {
  id: string;
  user_id: string;
  channel_id: string;
  rule_id: string | null;
  selector: Labels;
  min_severity: Severity;
  threshold: number | null; // the person's own, instead of the rule's
  send_resolved: boolean;
  digest_above: number; // in 300 s; 0: never
  remind_seconds: number; // 0: never
  drills: boolean; // of every drill, too
  enabled: boolean;
  version: number;
}

export type SubscriptionInput = Omit<Subscription, "id" | "user_id" | "version">;

export interface Drill {
  id: string;
  state: "waiting" | "firing" | "ending" | "ended";
  verdict: "ok" | "late" | "lost" | null;
  detail: string;
  requested_by: string | null; // null: the schedule
  due_at: string | null;
  started_at: string;
  decided_at: string | null;
  told_at: string | null;
  resolved_at: string | null;
  ended_at: string | null;
  seconds_to_tell: number | null;
  target_seconds: number;
  deadline_seconds: number;
  incident_id: string | null;
  notifications: Told[];
}

export interface DrillScheduleInput {
  cron: string;
  time_zone: string;
  enabled: boolean;
  target_seconds: number;
  deadline_seconds: number;
}

export interface DrillSchedule extends DrillScheduleInput {
  next_at: string | null;
  version: number;
}

export interface RuleImport {
  items: { group: string; name: string; kind: string; rule_id: string | null; action: "created" | "updated" | "unchanged" | "removed" }[];
  warnings: { group: string; rule: string; field: string; reason: string }[];
}

export interface TemplateParameter {
  name: string;
  title: string;
  unit: string;
  kind: "number" | "addresses"; // addresses and networks, with commas or blanks between them
  default: number | string;
  min?: number; // of numbers
  max?: number;
  scale?: number; // what it is multiplied by in the expression
}

export interface RuleTemplate {
  id: string;
  name: string;
  summary: string;
  kind: RuleKind;
  expr: string; // with ${parameter}
  parameters: TemplateParameter[];
  rule: Partial<RuleInput>;
}

export interface ReplayedPage {
  labels: Labels;
  fired_at: string;
  resolved_at: string | null;
  value: string; // as Prometheus writes it
}

interface Replayed {
  pages: ReplayedPage[];
}

export interface Replay {
  new: Replayed;
  old: Replayed | null;
  only_new: ReplayedPage[];
  only_old: ReplayedPage[];
  both: number;
  truncated: boolean;
}

export interface BandPoint {
  at: string;
  value: number | null;
  lower?: number; // these where enough is known
  middle?: number;
  upper?: number;
  unusual?: boolean;
}

export interface Band {
  labels: Labels;
  season: "week" | "day" | "flat" | null; // nothing was learnt
  points: BandPoint[];
}
