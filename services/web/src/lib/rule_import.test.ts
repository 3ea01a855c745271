import { expect, test } from "vitest";
import { changes, groupsOf, importWords, placeWords } from "./rule_import";

const item = (group: string, name: string, action: "created" | "unchanged") => ({ group, name, kind: "promql", rule_id: null, action });
const items = [item("hosts", "a", "created"), item("web", "b", "unchanged"), item("hosts", "c", "created")];

test("rules stand in their groups, in the order of the file", () => {
  expect(groupsOf(items).map(([name, rules]) => [name, rules.length])).toEqual([["hosts", 2], ["web", 1]]);
});

test("what an import would do is counted", () => {
  expect(importWords(items)).toBe("3 rules: 2 new, 1 as before");
  expect(changes(items)).toBe(2);
  expect(changes([item("web", "b", "unchanged")])).toBe(0);
});

test("places are counted from one", () => {
  expect(placeWords({ field: "groups[0].rules[2].expr", message: "" })).toBe("group 1, rule 3, expr");
});
