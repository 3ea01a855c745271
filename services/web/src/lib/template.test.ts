import { expect, test } from "vitest";
import type { RuleTemplate } from "../api/alerting_types";
import { chosenOf, filled, mistakeOf } from "./template";

const limit = { name: "limit", title: "Limit", unit: "%", kind: "number" as const, default: 90, min: 1, max: 100, scale: 0.01 };
const template: RuleTemplate = { id: "cpu", name: "CPU", summary: "", kind: "promql", expr: "cpu > ${limit} or ${other}", parameters: [limit], rule: {} };

test("a template begins with its own values, and shows those that are chosen", () => {
  expect(chosenOf(template)).toEqual({ limit: 90 });
  expect(filled(template, { limit: 7 })).toBe("cpu > 0.07 or ${other}");
  expect(filled(template, { limit: NaN })).toBe(template.expr);
});

test("addresses are shown as the expression has them", () => {
  const allowed = { name: "allowed", title: "Allowed", unit: "", kind: "addresses" as const, default: "10.0.0.0/8" };
  const withAddresses = { ...template, expr: 'label_ip(x, "peer", ${allowed})', parameters: [allowed] };
  expect(filled(withAddresses, chosenOf(withAddresses))).toBe('label_ip(x, "peer", "10.0.0.0/8")');
  expect(filled(withAddresses, { allowed: " 10.0.0.1,::1 " })).toBe('label_ip(x, "peer", "10.0.0.1", "::1")');
  expect(mistakeOf(allowed, " , ")).not.toBe("");
  expect(mistakeOf(allowed, "::1")).toBe("");
});

test("a value beyond what a template takes is a mistake", () => {
  expect(mistakeOf(limit, 50)).toBe("");
  expect(mistakeOf(limit, 500)).toBe("At most 100");
  expect(mistakeOf(limit, NaN)).not.toBe("");
});
