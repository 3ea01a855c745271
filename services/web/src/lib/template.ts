// Rules out of templates: what is chosen, and what the expression becomes.

import type { RuleTemplate, TemplateParameter } from "../api/alerting_types";

export type Chosen = Record<string, number | string>;

export const chosenOf = (template: RuleTemplate): Chosen => Object.fromEntries(template.parameters.map((one) => [one.name, one.default]));

// The expression with what is chosen in its places, ${name}, as the server puts it in.
export function filled(template: RuleTemplate, chosen: Chosen): string {
  return template.expr.replace(/\$\{(\w+)\}/g, (place, name: string) => {
    const parameter = template.parameters.find((one) => one.name === name);
    if (parameter?.kind === "addresses") return addressesOf(chosen[name]).map((one) => JSON.stringify(one)).join(", ") || place;
    const value = Number(chosen[name]);
    return chosen[name] === undefined || Number.isNaN(value) ? place : String(Number((value * (parameter?.scale ?? 1)).toPrecision(12)));
  });
}

const addressesOf = (text: number | string | undefined): string[] => String(text ?? "").split(/[\s,]+/).filter(Boolean);

export function mistakeOf(parameter: TemplateParameter, value: number | string | undefined): string {
  if (parameter.kind === "addresses") return addressesOf(value).length === 0 ? "An address or a network is needed" : "";
  const number = Number(value ?? NaN);
  if (Number.isNaN(number)) return "A number is needed";
  if (parameter.min !== undefined && number < parameter.min) return `At least ${parameter.min}`;
  if (parameter.max !== undefined && number > parameter.max) return `At most ${parameter.max}`;
  return "";
}
