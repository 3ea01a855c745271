// What the rule form keeps while it is filled in, and what of it is sent.

import type { Check, CheckCondition, Labels, Rule, RuleInput, RuleKind } from "../api/types";

export function blankRule(checkId: string | null): RuleInput {
  return {
    name: "", kind: "check_state", expr: "", check_id: checkId, label_selector: {}, for_seconds: 0, keep_firing_for_seconds: 0, interval_seconds: 15,
    no_data: "ok", states: ["down"], record: "", group_name: "", severity: "critical", labels: {}, annotations: {}, enabled: true,
  };
}

// What an anomaly rule has besides.
export const ANOMALY = { season: "week", direction: "both", sensitivity: 3, min_change: 0, min_history_seconds: 21_600 } as const;

export const isQuery = (kind: RuleKind) => kind === "promql" || kind === "anomaly" || kind === "recording";
export const isMeasured = (kind: RuleKind) => kind === "threshold" || isQuery(kind);
export const isSilence = (kind: RuleKind) => kind === "instance_silent" || kind === "location_silent";

// What a rule of this kind begins with.
export function defaultsOf(kind: RuleKind): Partial<RuleInput> {
  const common: Partial<RuleInput> = { kind, severity: isMeasured(kind) ? "warning" : "critical", for_seconds: isSilence(kind) || kind === "rule_failing" ? 300 : 0, interval_seconds: 15 };
  return kind === "anomaly" ? { ...common, ...ANOMALY, for_seconds: 300, interval_seconds: 60 } : common;
}

type Anomaly = Pick<RuleInput, "season" | "direction" | "sensitivity" | "min_change" | "min_history_seconds">;
const anomalyOf = (rule: Anomaly) => ({
  season: rule.season ?? ANOMALY.season, direction: rule.direction ?? ANOMALY.direction, sensitivity: rule.sensitivity ?? ANOMALY.sensitivity,
  min_change: rule.min_change ?? ANOMALY.min_change, min_history_seconds: rule.min_history_seconds ?? ANOMALY.min_history_seconds,
});

export function inputOf({ name, kind, severity, enabled, for_seconds, ...rule }: Rule): RuleInput {
  return {
    name, kind, severity, enabled, for_seconds, expr: rule.expr ?? "", check_id: rule.check_id ?? null, label_selector: rule.label_selector ?? {},
    keep_firing_for_seconds: rule.keep_firing_for_seconds ?? 0, interval_seconds: rule.interval_seconds ?? 15, no_data: rule.no_data ?? "ok",
    states: rule.states ?? ["down"], record: rule.record ?? "", group_name: rule.group_name ?? "", labels: rule.labels ?? {}, annotations: rule.annotations ?? {},
    ...(kind === "anomaly" ? anomalyOf(rule) : {}),
  };
}

// Only the members that belong to the rule's kind.
export function definitionOf(input: RuleInput): Partial<RuleInput> {
  const { expr, check_id, label_selector, interval_seconds, no_data, states, record, season, direction, sensitivity, min_change, min_history_seconds, ...common } = input;
  const annotations = Object.fromEntries(Object.entries(input.annotations).filter(([, text]) => text));
  if (input.kind === "recording") {
    const { name, kind, labels, group_name, enabled } = common;
    return { name, kind, expr, record: record?.trim(), interval_seconds, labels, group_name, enabled };
  }
  if (input.kind === "anomaly") {
    return { ...common, annotations, expr, interval_seconds, no_data, ...anomalyOf({ season, direction, sensitivity, min_change, min_history_seconds }) };
  }
  if (input.kind === "promql") return { ...common, annotations, expr, interval_seconds, no_data };
  const chosen = { ...common, annotations, label_selector: label_selector ?? {} };
  if (input.kind === "threshold") return { ...chosen, expr };
  return input.kind === "check_state" ? { ...chosen, states, ...(check_id ? { check_id } : {}) } : chosen;
}

const CONDITIONS: Record<CheckCondition, string> = { down: "down", unknown: "unknown", warning: "warning", flapping: "flapping" };

// "down or flapping"
export function statesWords(states: CheckCondition[] | undefined): string {
  const words = (states?.length ? states : ["down" as const]).map((one) => CONDITIONS[one] ?? one);
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}

// The rules that alert on a check already when it is down.
export function rulesOn(rules: Rule[], check: Check): Rule[] {
  const fits = (labels: Labels | undefined) => Object.entries(labels ?? {}).every(([name, value]) => check.labels?.[name] === value);
  return rules.filter((rule) => rule.enabled && rule.kind === "check_state" && (rule.states ?? ["down"]).includes("down") && (rule.check_id ? rule.check_id === check.id : fits(rule.label_selector)));
}
