// Maintenance windows: what is told of them.

import type { MaintenanceInput, MaintenanceWindow, WindowPreview } from "../api/alerting_types";
import type { Labels } from "../api/types";
import { rangeIn, span } from "./format";
import { recurrenceWords } from "./recurrence";

export type Phase = "active" | "coming" | "past";

export function phaseOf(window: MaintenanceWindow): Phase {
  if (window.active) return "active";
  return window.next.length > 0 ? "coming" : "past";
}

// When an active one ends, a coming one begins, a past one ended.
export function edgeOf(window: MaintenanceWindow): string | null {
  const phase = phaseOf(window);
  if (phase === "active") return window.active_until ?? window.ends_at ?? null;
  return phase === "coming" ? (window.next[0]?.starts_at ?? null) : (window.ends_at ?? null);
}

export function whenWords(window: MaintenanceWindow): string {
  const { recurrence } = window;
  if (recurrence) return `${recurrenceWords(recurrence.rrule, recurrence.start)}, for ${span(recurrence.duration_seconds)}`;
  return rangeIn(null, Date.parse(window.starts_at ?? ""), Date.parse(window.ends_at ?? ""));
}

// A window from now on.
export function startNow(name: string, selector: Labels, seconds: number, now = Date.now()): MaintenanceInput {
  return {
    name, description: "", selector, everything: false, counts_in_sla: true, recurrence: null,
    starts_at: new Date(now).toISOString(), ends_at: new Date(now + seconds * 1000).toISOString(),
  };
}

// Above the list of when it opens next.
export function opensWords({ active, next }: WindowPreview): string {
  if (next.length > 0) return active ? "It is open now, and opens next" : "It opens next";
  return active ? "It is open now, and never again" : "It never opens";
}
