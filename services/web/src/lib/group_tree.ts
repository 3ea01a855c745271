import type { Group } from "../api/types";

export interface GroupPlace {
  group: Group;
  depth: number;
}

// Groups by name, each before those within it. What is within nothing that is known comes as if it were in none.
export function groupTree(groups: readonly Group[]): GroupPlace[] {
  const known = new Set(groups.map(({ id }) => id));
  const within = new Map<string | null, Group[]>();
  for (const group of [...groups].sort((a, b) => a.name.localeCompare(b.name))) {
    const parent = group.parent_id && known.has(group.parent_id) ? group.parent_id : null;
    within.set(parent, [...(within.get(parent) ?? []), group]);
  }
  const walk = (parent: string | null, depth: number): GroupPlace[] =>
    (within.get(parent) ?? []).flatMap((group) => [{ group, depth }, ...walk(group.id, depth + 1)]);
  return walk(null, 0);
}

// Those that a group can be put into: neither itself nor what is within it.
export function possibleParents(groups: readonly Group[], id?: string): Group[] {
  const taken = new Set(id ? [id] : []);
  for (const { group } of groupTree(groups)) {
    if (group.parent_id && taken.has(group.parent_id)) taken.add(group.id);
  }
  return groupTree(groups).map(({ group }) => group).filter((group) => !taken.has(group.id));
}
