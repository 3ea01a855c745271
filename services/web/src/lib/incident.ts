// What an incident's state and history are called.

import type { Incident, IncidentEvent } from "../api/types";
import type { IconName } from "../parts/icon";
import type { Tone } from "../parts/state";
import { exact } from "./format";
import { wordsOf } from "./schema";

export type IncidentState = "open" | "acknowledged" | "resolved";

export function incidentState(one: Pick<Incident, "state" | "acknowledgement">): IncidentState {
  if (one.state === "resolved") return "resolved";
  return one.acknowledgement ? "acknowledged" : "open";
}

export const STATE_WORDS: Record<IncidentState, string> = { open: "Open", acknowledged: "Acknowledged", resolved: "Resolved" };
export const STATE_TONES: Record<IncidentState, Tone> = { open: "down", acknowledged: "warn", resolved: "up" };

interface Look {
  words: string;
  icon: IconName;
  tone?: Tone;
}

const LOOKS: Record<string, Look> = {
  opened: { words: "Opened", icon: "cross", tone: "down" },
  retold: { words: "Changed", icon: "warn", tone: "warn" },
  resolved: { words: "Resolved", icon: "tick", tone: "up" },
  notified: { words: "Notified", icon: "send" },
  reminded: { words: "Reminded", icon: "send" },
  acknowledgement_ended: { words: "Acknowledgement ended", icon: "back" },
  acknowledged: { words: "Acknowledged", icon: "hand" },
  unacknowledged: { words: "Acknowledgement taken back", icon: "back" },
  assigned: { words: "Assigned", icon: "person" },
  noted: { words: "Note", icon: "note" },
  // Decisions about an alert.
  pending: { words: "Pending", icon: "clock" },
  fired: { words: "Fired", icon: "cross", tone: "down" },
  suppressed: { words: "Held back", icon: "quiet" },
  cleared: { words: "Cleared", icon: "tick" },
  keeping: { words: "Kept firing", icon: "clock" },
  resumed: { words: "Held again", icon: "warn" },
  now: { words: "Now", icon: "eye" },
};

export function lookOf(event: Pick<IncidentEvent, "kind">): Look {
  return LOOKS[event.kind] ?? { words: wordsOf(event.kind), icon: "dot" };
}

// What an event says beside its name: to whom it was given, until when it holds, what was written.
export function eventText(event: IncidentEvent): string {
  const words = event.kind !== "assigned" || event.assignee === undefined ? [] : [event.assignee ? `to ${event.assignee.name}` : "to nobody"];
  if (event.expires_at) words.push(`until ${exact(event.expires_at)}`);
  if (event.text) words.push(event.text);
  return words.join(" · ");
}

// Seconds it lasted, or has lasted until now.
export function lasted(one: Pick<Incident, "opened_at" | "resolved_at">, now = Date.now()): number {
  return ((one.resolved_at ? Date.parse(one.resolved_at) : now) - Date.parse(one.opened_at)) / 1000;
}

// What there is to choose for how long something holds; the time it ends, null for no end.
export function endOf(choice: string, own: string, now = Date.now()): string | null {
  if (choice === "") return null;
  if (choice === "own") return new Date(own).toISOString();
  if (choice === "morning") {
    const next = new Date(now);
    next.setHours(8, 0, 0, 0);
    if (next.getTime() - now < 3_600_000) next.setDate(next.getDate() + 1);
    return next.toISOString();
  }
  return new Date(now + Number(choice) * 1000).toISOString();
}
