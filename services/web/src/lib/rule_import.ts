// What an import of a rule file would do, told group by group.

import type { RuleImport } from "../api/alerting_types";
import type { ProblemField } from "../api/types";
import { plural } from "./format";

type Item = RuleImport["items"][number];

export function groupsOf(items: Item[]): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return [...groups];
}

const ACTIONS: [Item["action"], string][] = [["created", "new"], ["updated", "changed"], ["removed", "removed"], ["unchanged", "as before"]];

// "3 rules: 2 new, 1 as before"
export function importWords(items: Item[]): string {
  const counts = ACTIONS.map(([action, words]) => [items.filter((one) => one.action === action).length, words] as const).filter(([count]) => count > 0);
  return `${plural(items.length, "rule")}: ${counts.map(([count, words]) => `${count} ${words}`).join(", ")}`;
}

export const changes = (items: Item[]) => items.filter((one) => one.action !== "unchanged").length;

// "groups[0].rules[2].expr" as people count: "group 1, rule 3, expr".
export function placeWords({ field }: ProblemField): string {
  return field.replace(/\bgroups\[(\d+)\]/, (_, at: string) => `group ${Number(at) + 1}`).replace(/\brules\[(\d+)\]/, (_, at: string) => `rule ${Number(at) + 1}`).replace(/\./g, ", ");
}
