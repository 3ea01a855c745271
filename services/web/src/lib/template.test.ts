import { expect, test } from "vitest";
import type { RuleTemplate } from "../api/alerting_types";
import { chosenOf, filled, mistakeOf } from "./template";

const limit = { name: "limit", title: "Limit", unit: "%", default: 90, min: 1, max: 100, scale: 0.01 };
const template: RuleTemplate = { id: "cpu", name: "CPU", summary: "", kind: "promql", expr: "cpu > ${limit} or ${other}", parameters: [limit], rule: {} };

test("a template begins with its own values, and shows those that are chosen", () => {
  expect(chosenOf(template)).toEqual({ limit: 90 });
  expect(filled(template, { limit: 7 })).toBe("cpu > 0.07 or ${other}");
  expect(filled(template, { limit: NaN })).toBe(template.expr);
});

test("a value beyond what a template takes is a mistake", () => {
  expect(mistakeOf(limit, 50)).toBe("");
  expect(mistakeOf(limit, 500)).toBe("At most 100");
  expect(mistakeOf(limit, NaN)).not.toBe("");
});
