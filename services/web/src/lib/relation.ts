import type { Instance, Relation, RelationKind } from "../api/types";

export const RELATION_KINDS: [RelationKind, string][] = [["runs-on", "Runs on"], ["part-of", "Is part of"], ["depends-on", "Depends on"]];
const FROM_THE_OTHER_END: Record<RelationKind, string> = { "runs-on": "Runs", "part-of": "Consists of", "depends-on": "Is needed by" };

export interface RelatedTo {
  relation: Relation;
  other: string; // the instance at the other end
}

// What is said of an instance, in words, with all to whom it is related so.
export function relationsOf(id: string, relations: readonly Relation[]): [string, RelatedTo[]][] {
  const words = (one: Relation) =>
    one.instance_id === id ? RELATION_KINDS.find(([kind]) => kind === one.kind)?.[1] ?? one.kind : FROM_THE_OTHER_END[one.kind];
  const found = new Map<string, RelatedTo[]>();
  for (const relation of relations) {
    const other = relation.instance_id === id ? relation.target_id : relation.instance_id;
    found.set(words(relation), [...(found.get(words(relation)) ?? []), { relation, other }]);
  }
  return [...found];
}

export const othersOf = (id: string, relations: readonly Relation[]): string[] =>
  [...new Set(relations.map((one) => (one.instance_id === id ? one.target_id : one.instance_id)))];

export const nameOf = (instance: Instance | undefined, id: string): string => instance?.name || instance?.hostname || id;
