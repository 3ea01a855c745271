// What somebody is told of, in words; and whether a rule can have another limit for one person.

import type { Subscription, SubscriptionInput } from "../api/alerting_types";
import type { Rule, Severity } from "../api/types";
import { plural, span } from "./format";

export function blankSubscription(channelId: string): SubscriptionInput {
  return { channel_id: channelId, rule_id: null, selector: {}, min_severity: "info", threshold: null, send_resolved: true, digest_above: 10, remind_seconds: 0, drills: false, enabled: true };
}

export const inputOf = ({ channel_id, rule_id, selector, min_severity, threshold, send_resolved, digest_above, remind_seconds, drills, enabled }: Subscription): SubscriptionInput =>
  ({ channel_id, rule_id, selector, min_severity, threshold, send_resolved, digest_above, remind_seconds, drills, enabled });

export const mayHaveThreshold = (rule: Rule | undefined) => rule?.kind === "threshold" || rule?.kind === "promql";

// The number that a rule compares with, where its expression ends with one: what the own one stands for.
export function limitOf(rule: Rule | undefined): number | null {
  const found = /(?:[<>]=?|[!=]=)\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*$/.exec(rule?.expr ?? "");
  return found ? Number(found[1]) : null;
}

const FROM: Record<Severity, string> = { info: "", warning: "warnings and worse", critical: "critical ones" };

export function wordsFor(one: SubscriptionInput): string {
  const words = [FROM[one.min_severity]];
  if (one.threshold !== null) words.push(`beyond ${one.threshold} instead of the rule's limit`);
  if (!one.send_resolved) words.push("not when it is over");
  if (one.remind_seconds > 0) words.push(`again every ${span(one.remind_seconds)} until acknowledged`);
  words.push(one.digest_above > 0 ? `one digest above ${plural(one.digest_above, "alert")} in 5 minutes` : "never a digest");
  if (one.drills) words.push("drills, too");
  return words.filter(Boolean).join(", ");
}
