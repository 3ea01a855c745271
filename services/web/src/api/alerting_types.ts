// The shapes of alerting: incidents, silences, maintenance, dependencies, channels, drills.

import type { Alert, Labels, Severity } from "./types";

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
  incidents: number;
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
  next: Occurrence[];
  created_by?: string;
  version: number;
}

export type MaintenanceInput = Omit<MaintenanceWindow, "id" | "active" | "next" | "created_by" | "version">;

export interface Dependency {
  id: string;
  name: string;
  children: Labels;
  child_check_id: string | null;
  parents: string[];
  version: number;
}

export type DependencyInput = Omit<Dependency, "id" | "version">;
