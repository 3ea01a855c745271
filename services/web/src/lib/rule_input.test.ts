import { describe, expect, it } from "vitest";
import type { Check, Rule, RuleInput } from "../api/types";
import { blankRule, defaultsOf, definitionOf, inputOf, rulesOn, statesWords } from "./rule_input";

describe("rule input", () => {
  const unknown = { health: "unknown", last_evaluation_at: null, evaluation_seconds: null, last_error: null, waits_for: null } as const;
  it("sends only what belongs to its kind, without empty texts", () => {
    const filled = { ...blankRule("check"), expr: "up == 0", label_selector: { env: "prod" }, annotations: { summary: "", description: "x" } };
    const sent = (kind: Parameters<typeof defaultsOf>[0]) => definitionOf({ ...filled, ...defaultsOf(kind) });
    expect(sent("check_state")).toMatchObject({ check_id: "check", annotations: { description: "x" } });
    expect(sent("check_state")).not.toHaveProperty("expr");
    expect(sent("check_state")).not.toHaveProperty("interval_seconds");
    expect(sent("instance_silent")).toMatchObject({ label_selector: { env: "prod" }, for_seconds: 300 });
    expect(sent("threshold")).toMatchObject({ expr: "up == 0", severity: "warning", label_selector: { env: "prod" } });
    expect(sent("threshold")).not.toHaveProperty("interval_seconds");
    expect(sent("promql")).toMatchObject({ expr: "up == 0", interval_seconds: 15, severity: "warning" });
    expect(sent("promql")).not.toHaveProperty("label_selector");
    expect(sent("promql")).not.toHaveProperty("check_id");
    expect(sent("promql")).toMatchObject({ no_data: "ok", keep_firing_for_seconds: 0 });
    expect(sent("promql")).not.toHaveProperty("states");
    expect(sent("promql")).not.toHaveProperty("season");
    expect(sent("anomaly")).toMatchObject({ expr: "up == 0", season: "week", direction: "both", sensitivity: 3, min_history_seconds: 21_600 });
    expect(definitionOf({ ...filled, ...defaultsOf("recording"), record: " shop:sum ", labels: { team: "x" } })).toEqual({
      name: "", kind: "recording", expr: "up == 0", record: "shop:sum", interval_seconds: 15, labels: { team: "x" }, group_name: "", enabled: true,
    });
    expect(sent("rule_failing")).toMatchObject({ label_selector: { env: "prod" }, for_seconds: 300, severity: "critical" });
    expect(sent("rule_failing")).not.toHaveProperty("record");
    expect(sent("check_state")).toMatchObject({ states: ["down"] });
    expect(sent("check_state")).not.toHaveProperty("no_data");
  });

  // What the API gives members that a body lacks; silences and failing rules wait for 300 s.
  const unsaid: RuleInput = { ...blankRule(null), severity: "warning" };
  const kept = { ...unknown, id: "r", created_at: "", updated_at: "", version: 4 };
  const common: Rule = {
    ...unsaid, ...kept, name: "x", for_seconds: 90, keep_firing_for_seconds: 600, severity: "info", labels: { team: "web" },
    annotations: { summary: "s", runbook_url: "https://r.example" }, group_name: "hosts", enabled: false,
  };
  const query = { expr: "up > 0", interval_seconds: 60 };
  const stored: Partial<Rule>[] = [
    { kind: "check_state", check_id: "c", label_selector: { env: "prod" }, states: ["unknown", "warning", "down", "flapping"] },
    { kind: "check_state", label_selector: { env: "prod" }, states: ["warning"] },
    { kind: "threshold", expr: "up > 0", label_selector: { env: "prod" } },
    { kind: "instance_silent", label_selector: { env: "prod" } },
    { kind: "location_silent", label_selector: { location: "north" } },
    { kind: "rule_failing", label_selector: { rule_kind: "promql" } },
    { kind: "promql", ...query, no_data: "keep" },
    { kind: "anomaly", ...query, no_data: "alert", season: "day", direction: "up", sensitivity: 4.5, min_change: 0.25, min_history_seconds: 600 },
    { kind: "recording", ...query, record: "job:up:sum", for_seconds: 0, keep_firing_for_seconds: 0, severity: "warning", annotations: {} },
  ];
  it.each(stored)("sends back all that a rule has, so that saving changes nothing else: $kind", (members) => {
    const rule = { ...common, ...members };
    expect({ ...unsaid, ...kept, ...definitionOf(inputOf(rule)) }).toEqual(rule);
  });

  it("tells the states that a rule is about", () => {
    expect(statesWords(["down"])).toBe("down");
    expect(statesWords(["down", "unknown", "flapping"])).toBe("down, unknown or flapping");
    expect(statesWords(undefined)).toBe("down");
  });

  it("knows the rules that alert on a check already", () => {
    const check = { id: "a", labels: { env: "prod" } } as unknown as Check;
    const rule = (id: string, more: Partial<Rule>): Rule => ({ ...blankRule(null), ...unknown, id, created_at: "", updated_at: "", version: 1, ...more });
    const rules = [
      rule("every", {}), rule("prod", { label_selector: { env: "prod" } }), rule("test", { label_selector: { env: "test" } }), rule("this", { check_id: "a" }),
      rule("other", { check_id: "b" }), rule("off", { enabled: false }), rule("silent", { kind: "instance_silent" }), rule("flaps", { states: ["flapping"] }),
    ];
    expect(rulesOn(rules, check).map((one) => one.id)).toEqual(["every", "prod", "this"]);
  });
});
