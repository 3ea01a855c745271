// Matchers of silences, as Alertmanager writes them: name="value", name!="…", name=~"…", name!~"…".

import type { Matcher, Silence } from "../api/alerting_types";
import type { Alert, Labels } from "../api/types";

export const OPERATORS = ["=", "!=", "=~", "!~"] as const;
export type Operator = (typeof OPERATORS)[number];

export const operatorOf = ({ regex, equal }: Matcher): Operator => (regex ? (equal ? "=~" : "!~") : equal ? "=" : "!=");
export const withOperator = (matcher: Matcher, operator: Operator): Matcher => ({ ...matcher, regex: operator.endsWith("~"), equal: !operator.startsWith("!") });
export const matcherWords = (matcher: Matcher) => `${matcher.name}${operatorOf(matcher)}"${matcher.value}"`;

// Names that tell alerts apart rather than what they are about.
const UNWANTED = new Set(["incident_id", "severity"]);

export function matchersOf(labels: Labels): Matcher[] {
  return Object.entries(labels).filter(([name]) => !UNWANTED.has(name)).map(([name, value]) => ({ name, value, regex: false, equal: true }));
}

// From an address: matchers of the alert that somebody wants silent.
export function matchersFrom(query: URLSearchParams): Matcher[] {
  return query.getAll("label").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 ? [{ name: pair.slice(0, at), value: pair.slice(at + 1), regex: false, equal: true }] : [];
  });
}

// As Alertmanager takes names of labels.
export const plainName = (name: string) => name.replace(/[^a-zA-Z0-9]/g, "_").replace(/^(?=[0-9]|$)/, "_");

// By which an alert is known, routed and silenced there.
export const labelsTold = ({ labels, rule_name, severity }: Pick<Alert, "labels" | "rule_name" | "severity">): Labels =>
  ({ ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [plainName(name), value])), alertname: rule_name, severity });

// Of each what tells it from the others, at most so many labels.
export function differing<T extends { labels: Labels }>(alerts: T[], most = 3): { alert: T; labels: Labels }[] {
  const names = [...new Set(alerts.flatMap((one) => Object.keys(one.labels)))].filter((name) => !name.endsWith("_id") && new Set(alerts.map((one) => one.labels[name])).size > 1);
  return alerts.map((alert) => ({ alert, labels: Object.fromEntries(names.filter((name) => alert.labels[name]).slice(0, most).map((name) => [name, alert.labels[name] as string])) }));
}

export function silenceHref(labels: Labels): string {
  const pairs = matchersOf(labels).map(({ name, value }): [string, string] => ["label", `${name}=${value}`]);
  return `/alerts/silences/new?${new URLSearchParams(pairs)}`;
}

function fits({ name, value, regex, equal }: Matcher, labels: Labels): boolean {
  const own = labels[plainName(name)] ?? "";
  if (!regex) return (own === value) === equal;
  try {
    return new RegExp(`^(?:${value})$`).test(own) === equal;
  } catch {
    return false;
  }
}

// Whether alerts with these labels, as they are told, are silent by it. Alertmanager's regular expressions are RE2's; what both know is the same.
export const covers = (matchers: Matcher[], labels: Labels): boolean => matchers.length > 0 && matchers.every((matcher) => fits(matcher, labels));

// One that fits everything is refused by Alertmanager.
export function mistakeIn(matchers: Matcher[]): string {
  if (matchers.length === 0) return "At least one label is needed";
  return matchers.every((one) => one.value === "" || (!one.equal && !one.regex)) ? "At least one label must have a value that fits" : "";
}

export const inState = (silences: Silence[], state: Silence["state"]) => silences.filter((one) => one.state === state);
