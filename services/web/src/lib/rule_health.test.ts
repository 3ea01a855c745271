import { expect, test } from "vitest";
import type { Rule } from "../api/types";
import { healthOf, tookOf } from "./rule_health";
import { blankRule } from "./rule_input";

const rule = (more: Partial<Rule>): Rule => ({ ...blankRule(null), health: "unknown", last_evaluation_at: null, evaluation_seconds: null, last_error: null, waits_for: null, id: "r", created_at: "", updated_at: "", version: 1, ...more });

test("a rule that fails says why, whenever it was evaluated last", () => {
  expect(healthOf(rule({ health: "err", last_error: "too many samples", last_evaluation_at: "2026-01-01T00:00:00Z" }))).toEqual({ tone: "down", state: "Failing", detail: "Too many samples" });
});

test("one that is not evaluated is not said to be well", () => {
  expect(healthOf(rule({ health: "unknown", waits_for: "nothing arrives" }))).toEqual({ tone: "unknown", state: "Not evaluated", detail: "Nothing arrives" });
  expect(healthOf(rule({ health: "unknown" })).detail).toBe("Not yet");
  expect(healthOf(rule({ health: "unknown", last_evaluation_at: "2026-01-01T00:00:00Z" })).detail).toContain("no notifier");
  expect(healthOf(rule({ health: "ok", enabled: false })).state).toBe("Paused");
});

test("the time it took is told where there is one", () => {
  expect(tookOf(rule({ evaluation_seconds: 0.0021 }))).toBe("in 2.10 ms");
  expect(tookOf(rule({ evaluation_seconds: null }))).toBe("");
});
