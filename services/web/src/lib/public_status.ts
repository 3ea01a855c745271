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

type Post = PublicStatus["posts"][number];

// What is planned, what is going on and what is over, at the time of the page.
export function phaseOf(post: Post, at: string): "planned" | "now" | "before" {
  const time = Date.parse(at);
  if (post.state === "resolved" || post.state === "completed") return "before";
  if (post.ends_at && Date.parse(post.ends_at) < time) return "before";
  return post.starts_at && Date.parse(post.starts_at) > time ? "planned" : "now";
}

const OLD_MS = 120_000;

// Whether a page says nothing of now any more: nobody has read it anew of late.
export const isOld = (status: PublicStatus, now: number): boolean => now - Date.parse(status.at) > OLD_MS;
