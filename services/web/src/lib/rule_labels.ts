// Which labels the alerts of a rule would have now: what its texts may name.

import type { Check, Instance, Labels, RuleInput } from "../api/types";
import { isSilence } from "./rule_input";
import { labelsOfCheck, labelsOfInstance, selects } from "./alert_labels";

// What a comparison at the end of an expression compares: there whether it is true or not.
export function comparedIn(expr: string): string {
  return expr.replace(/\s*(?:>=|<=|==|!=|>|<)\s*(?:bool\s+)?-?\d[\d.eE+-]*\s*$/, "").trim();
}

// Of checks and instances; of expressions their elements tell.
export function candidates(input: RuleInput, checks: Check[], instances: Instance[]): Labels[] {
  if (input.kind === "location_silent") return [{ location: checks[0]?.locations[0] ?? "default" }];
  if (input.kind === "rule_failing") return [{ rule: "Many errors", rule_id: "01a2…", rule_kind: "promql" }];
  if (isSilence(input.kind)) return instances.map(labelsOfInstance).filter((labels) => selects(input.label_selector, labels));
  return checks.filter((one) => !input.check_id || one.id === input.check_id).map((one) => labelsOfCheck(one, instances)).filter((labels) => selects(input.label_selector, labels));
}

// Name and an example of each label, those of all first.
export function namesIn(all: Labels[], extra: Labels = {}): [string, string][] {
  const found = new Map<string, { example: string; count: number }>();
  for (const labels of [...all.slice(0, 200), extra]) {
    for (const [name, value] of Object.entries(labels)) {
      if (name === "__name__") continue;
      const known = found.get(name);
      found.set(name, { example: known?.example || value, count: (known?.count ?? 0) + 1 });
    }
  }
  return [...found].sort(([a, x], [b, y]) => y.count - x.count || a.localeCompare(b)).map(([name, { example }]) => [name, example]);
}
