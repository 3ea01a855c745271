import { fieldPath, sameField } from "../api/problem";
import { wordsOf } from "./schema";

// What people call the field that a path of the server names: by the labels of the form, by where they are known.

function labelFor(path: string, labels: ReadonlyMap<string, string>): string | undefined {
  let found: string | undefined;
  let longest = -1;
  for (const [name, label] of labels) {
    if (name.length > longest && sameField(path, name)) [found, longest] = [label, name.length];
  }
  return found;
}

export function fieldWords(given: string, labels: ReadonlyMap<string, string>): string {
  const path = fieldPath(given);
  const row = /^(.*)\[(\d+)\](?:\.(.+))?$/.exec(path);
  if (row) {
    const [, list = "", index, member] = row;
    const of = `${labels.get(list) ?? wordsOf(list.split(".").pop() ?? "")}, row ${Number(index) + 1}`;
    if (member) return `${of}: ${labels.get(path) ?? wordsOf(member)}`;
    return labels.has(list) ? (labels.get(list) as string) : of;
  }
  return labelFor(path, labels) ?? wordsOf(path.split(".").pop() ?? path);
}
