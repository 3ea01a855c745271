// Which dependencies a check has, and which others have on it.

import type { Dependency, DependencyInput } from "../api/alerting_types";
import type { Check } from "../api/types";
import { labelsOfCheck } from "./alert_labels";

// A check is never its own child.
export function isChild(dependency: Dependency, check: Check): boolean {
  if (dependency.parents.length === 1 && dependency.parents[0] === check.id) return false;
  if (dependency.child_check_id) return dependency.child_check_id === check.id;
  const labels = labelsOfCheck(check);
  const wanted = Object.entries(dependency.children);
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

export const dependsOn = (all: Dependency[], check: Check) => all.filter((one) => isChild(one, check));
export const neededBy = (all: Dependency[], check: Check) => all.filter((one) => one.parents.includes(check.id));

export function blankDependency(childId: string | null): DependencyInput {
  return { name: "", children: {}, child_check_id: childId, parents: [] };
}

export function dependencyInput({ name, children, child_check_id, parents }: DependencyInput): DependencyInput {
  return child_check_id ? { name, child_check_id, children: {}, parents } : { name, child_check_id: null, children, parents };
}

// "a", "a or b", "a, b or c": one of them is enough.
export function oneOf(names: string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
}
