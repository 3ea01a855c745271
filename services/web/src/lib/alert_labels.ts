import type { Check, Instance, Labels } from "../api/types";

// The labels that alerts of a check or an instance carry, as the notifier makes them: what is attached by name, what it was given, and of a
// check what its server was given. What comes first wins.

// As Prometheus and Alertmanager take it.
export function plainName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  return plain === "" || /^[0-9]/.test(plain) ? `_${plain}` : plain;
}

const plain = (labels: Labels | undefined): Labels => Object.fromEntries(Object.entries(labels ?? {}).map(([name, value]) => [plainName(name), value]));

export function labelsOfCheck(check: Check, instances: Instance[] = []): Labels {
  const host = instances.find((one) => one.id === check.instance_id);
  return {
    ...(host ? labelsOfInstance(host) : {}), ...plain(check.labels), check: check.name, check_id: check.id, kind: check.kind, target: check.target,
    ...(check.locations[0] ? { location: check.locations[0] } : {}), ...(host ? { instance: host.hostname } : {}),
  };
}

export const labelsOfInstance = (instance: Instance): Labels => ({ ...plain(instance.labels), instance: instance.hostname, server_id: instance.id });

// Those of an alert of an expression: its element's, and what the check or instance that it names has besides.
export function labelsOfElement(element: Labels, checks: Check[], instances: Instance[]): Labels {
  const check = checks.find((one) => one.id === element["check_id"]);
  const instance = instances.find((one) => one.id === element["server_id"]);
  return { ...(instance ? labelsOfInstance(instance) : {}), ...(check ? labelsOfCheck(check, instances) : {}), ...element };
}

// A selector may name labels as people wrote them.
export const selects = (selector: Labels | undefined, labels: Labels) =>
  Object.entries(selector ?? {}).every(([name, value]) => (labels[name] ?? labels[plainName(name)]) === value);
