// Which dependencies a check has, and which others have on it.

import type { Dependency, DependencyInput } from "../api/alerting_types";
import type { Check, Instance } from "../api/types";
import { labelsOfCheck, selects } from "./alert_labels";

// A check is never its own child.
export function isChild(dependency: Dependency, check: Check, instances: Instance[] = []): boolean {
  if (dependency.parents.length === 1 && dependency.parents[0] === check.id) return false;
  if (dependency.child_check_id) return dependency.child_check_id === check.id;
  return Object.keys(dependency.children).length > 0 && selects(dependency.children, labelsOfCheck(check, instances));
}

export const dependsOn = (all: Dependency[], check: Check, instances: Instance[] = []) => all.filter((one) => isChild(one, check, instances));
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
