import { expect, test } from "vitest";
import type { Rule } from "../api/types";
import { blankSubscription, limitOf, mayHaveThreshold, wordsFor } from "./subscription";

const rule = (expr: string, kind = "promql") => ({ expr, kind }) as Rule;

test("the limit of a rule is the number that it ends with", () => {
  expect(limitOf(rule('node_cpu_usage_ratio{core="total"} > 0.9'))).toBe(0.9);
  expect(limitOf(rule("a <= -1e3"))).toBe(-1000);
  expect(limitOf(rule("up == 0"))).toBe(0);
  expect(limitOf(rule("a > b"))).toBeNull();
  expect(limitOf(undefined)).toBeNull();
});

test("rules on states have no limit", () => {
  expect(mayHaveThreshold(rule("a > 1", "threshold"))).toBe(true);
  expect(mayHaveThreshold(rule("", "check_state"))).toBe(false);
});

test("a subscription is told in words", () => {
  const one = blankSubscription("c");
  expect(wordsFor(one)).toBe("one digest above 10 alerts in 5 minutes");
  expect(wordsFor({ ...one, digest_above: 0, drills: true })).toBe("never a digest, drills, too");
  expect(wordsFor({ ...one, min_severity: "critical", threshold: 0.5, send_resolved: false, digest_above: 0, remind_seconds: 3600 }))
    .toBe("critical ones, beyond 0.5 instead of the rule's limit, not when it is over, again every 1 h until acknowledged, never a digest");
});
