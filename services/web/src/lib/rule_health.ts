// How a rule is evaluated, in words.

import type { Rule } from "../api/types";
import { latency } from "./format";

export type HealthTone = "up" | "down" | "unknown";

export interface HealthWords {
  tone: HealthTone;
  state: string;
  detail?: string; // what is wrong, or waited for
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function healthOf(rule: Rule): HealthWords {
  if (!rule.enabled) return { tone: "unknown", state: "Paused" };
  if (rule.health === "err") return { tone: "down", state: "Failing", detail: rule.last_error ? sentence(rule.last_error) : undefined };
  if (rule.health === "ok") return { tone: "up", state: "Evaluated" };
  return { tone: "unknown", state: "Not evaluated", detail: rule.waits_for ? sentence(rule.waits_for) : rule.last_evaluation_at ? "Not lately: no notifier decides now" : "Not yet" };
}

// "in 2.1 ms", of kinds that take a time of their own.
export function tookOf(rule: Rule): string {
  return rule.evaluation_seconds === null || rule.evaluation_seconds === undefined ? "" : `in ${latency(rule.evaluation_seconds)}`;
}
