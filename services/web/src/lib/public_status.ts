import type { Schemas } from "../api/described";
import { availability } from "./format";

// What anybody may see of a status page, signed in or not.

export type PublicStatus = Schemas["PublicStatus"];
export type PublicComponent = PublicStatus["sections"][number]["components"][number];
export type PublicDay = PublicComponent["days"][number];
export type PublicState = PublicStatus["state"];

type Tone = "up" | "down" | "warn" | "unknown";

export const STATE_TONE: Record<PublicState, Tone> = {
  operational: "up", degraded: "warn", maintenance: "unknown", partial_outage: "warn", major_outage: "down", unknown: "unknown",
};
export const STATE_WORDS: Record<PublicState, string> = {
  operational: "Operational", degraded: "Degraded", maintenance: "Maintenance", partial_outage: "Partial outage", major_outage: "Major outage", unknown: "Unknown",
};
export const VERDICTS: Record<PublicState, string> = {
  operational: "All systems operational", degraded: "Some systems are degraded", maintenance: "Some systems are in maintenance", partial_outage: "Partial outage",
  major_outage: "Major outage", unknown: "The state of some systems is unknown",
};

// "in_progress" → "In progress"
export const plainWords = (state: string): string => state.charAt(0).toUpperCase() + state.slice(1).replaceAll("_", " ");

// A day that was wholly up, one that was partly, one that was mostly not, and one nobody knows of.
export function dayTone({ uptime }: PublicDay): Tone {
  if (uptime === null || uptime === undefined) return "unknown";
  return uptime >= 0.999 ? "up" : uptime >= 0.95 ? "warn" : "down";
}

export const dayWords = (day: PublicDay): string => `${day.date}: ${day.uptime === null || day.uptime === undefined ? "nothing was measured" : availability(day.uptime)}`;

export const isOver = (state: string): boolean => state === "resolved" || state === "completed";
