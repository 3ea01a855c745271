// What the rule form keeps while it is filled in, and what of it is sent.

import type { Check, Labels, Rule, RuleInput, RuleKind } from "../api/types";

export function blankRule(checkId: string | null): RuleInput {
  return {
    name: "", kind: "check_state", expr: "", check_id: checkId, label_selector: {}, for_seconds: 0, interval_seconds: 15, severity: "critical",
    labels: {}, annotations: {}, enabled: true,
  };
}

export const isSilence = (kind: RuleKind) => kind === "instance_silent" || kind === "location_silent";

// What a rule of this kind begins with.
export function defaultsOf(kind: RuleKind): Partial<RuleInput> {
  const measured = kind === "threshold" || kind === "promql";
  return { kind, severity: measured ? "warning" : "critical", for_seconds: isSilence(kind) ? 300 : 0 };
}

export function inputOf(rule: Rule): RuleInput {
  const { name, kind, expr, check_id, label_selector, for_seconds, interval_seconds, severity, labels, annotations, enabled } = rule;
  return {
    name, kind, expr: expr ?? "", check_id: check_id ?? null, label_selector: label_selector ?? {}, for_seconds, interval_seconds: interval_seconds ?? 15,
    severity, labels: labels ?? {}, annotations: annotations ?? {}, enabled,
  };
}

// Only the members that belong to the rule's kind.
export function definitionOf(input: RuleInput): Partial<RuleInput> {
  const { expr, check_id, label_selector, interval_seconds, ...common } = input;
  const annotations = Object.fromEntries(Object.entries(input.annotations).filter(([, text]) => text));
  if (input.kind === "promql") return { ...common, annotations, expr, interval_seconds };
  if (input.kind === "threshold") return { ...common, annotations, expr };
  if (isSilence(input.kind)) return { ...common, annotations, label_selector: label_selector ?? {} };
  return { ...common, annotations, ...(check_id ? { check_id } : { label_selector: label_selector ?? {} }) };
}

// The rules that alert on a check already when it is down.
export function rulesOn(rules: Rule[], check: Check): Rule[] {
  const fits = (labels: Labels | undefined) => Object.entries(labels ?? {}).every(([name, value]) => check.labels?.[name] === value);
  return rules.filter((rule) => rule.enabled && rule.kind === "check_state" && (rule.check_id ? rule.check_id === check.id : fits(rule.label_selector)));
}
