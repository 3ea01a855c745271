import { expect, test } from "vitest";
import type { Group } from "../api/types";
import { groupTree, possibleParents } from "./group_tree";

const group = (id: string, parent_id: string | null = null): Group => ({ id, name: id, description: "", parent_id, members: 0, version: 1, created_at: "", updated_at: "" });
const groups = [group("web", "europe"), group("berlin", "europe"), group("europe"), group("asia"), group("rack", "berlin"), group("lost", "gone")];

test("a group comes before those within it (M-093)", () => {
  expect(groupTree(groups).map(({ group, depth }) => `${depth} ${group.name}`))
    .toEqual(["0 asia", "0 europe", "1 berlin", "2 rack", "1 web", "0 lost"]);
});

test("a group is put neither into itself nor into what is within it", () => {
  expect(possibleParents(groups, "europe").map(({ name }) => name)).toEqual(["asia", "lost"]);
  expect(possibleParents(groups)).toHaveLength(6);
});
