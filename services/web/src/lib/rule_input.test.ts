import { describe, expect, it } from "vitest";
import type { Check, Rule } from "../api/types";
import { blankRule, defaultsOf, definitionOf, rulesOn } from "./rule_input";

describe("rule input", () => {
  it("sends only what belongs to its kind, without empty texts", () => {
    const filled = { ...blankRule("check"), expr: "up == 0", label_selector: { env: "prod" }, annotations: { summary: "", description: "x" } };
    const sent = (kind: Parameters<typeof defaultsOf>[0]) => definitionOf({ ...filled, ...defaultsOf(kind) });
    expect(sent("check_state")).toMatchObject({ check_id: "check", annotations: { description: "x" } });
    expect(sent("check_state")).not.toHaveProperty("expr");
    expect(sent("check_state")).not.toHaveProperty("interval_seconds");
    expect(sent("instance_silent")).toMatchObject({ label_selector: { env: "prod" }, for_seconds: 300 });
    expect(sent("threshold")).toMatchObject({ expr: "up == 0", severity: "warning" });
    expect(sent("threshold")).not.toHaveProperty("interval_seconds");
    expect(sent("promql")).toMatchObject({ expr: "up == 0", interval_seconds: 15, severity: "warning" });
    expect(sent("promql")).not.toHaveProperty("label_selector");
    expect(sent("promql")).not.toHaveProperty("check_id");
  });

  it("knows the rules that alert on a check already", () => {
    const check = { id: "a", labels: { env: "prod" } } as unknown as Check;
    const rule = (id: string, more: Partial<Rule>): Rule => ({ ...blankRule(null), id, created_at: "", updated_at: "", version: 1, ...more });
    const rules = [
      rule("every", {}), rule("prod", { label_selector: { env: "prod" } }), rule("test", { label_selector: { env: "test" } }), rule("this", { check_id: "a" }),
      rule("other", { check_id: "b" }), rule("off", { enabled: false }), rule("silent", { kind: "instance_silent" }),
    ];
    expect(rulesOn(rules, check).map((one) => one.id)).toEqual(["every", "prod", "this"]);
  });
});
