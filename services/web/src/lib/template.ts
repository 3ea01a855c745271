// Rules out of templates: what is chosen, and what the expression becomes.

import type { RuleTemplate, TemplateParameter } from "../api/alerting_types";

export type Chosen = Record<string, number>;

export const chosenOf = (template: RuleTemplate): Chosen => Object.fromEntries(template.parameters.map((one) => [one.name, one.default]));

// The expression with what is chosen in its places, ${name}, as the server puts it in.
export function filled(template: RuleTemplate, chosen: Chosen): string {
  return template.expr.replace(/\$\{(\w+)\}/g, (place, name: string) => {
    const scale = template.parameters.find((one) => one.name === name)?.scale ?? 1;
    const value = Number(chosen[name]);
    return chosen[name] === undefined || Number.isNaN(value) ? place : String(Number((value * scale).toPrecision(12)));
  });
}

export function mistakeOf(parameter: TemplateParameter, value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "A number is needed";
  if (value < parameter.min) return `At least ${parameter.min}`;
  if (value > parameter.max) return `At most ${parameter.max}`;
  return "";
}
