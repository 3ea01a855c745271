import { expect, test } from "vitest";
import type { Dependency } from "../api/alerting_types";
import type { Check, Instance } from "../api/types";
import { dependencyInput, dependsOn, neededBy, oneOf } from "./dependency";

const check = (id: string, labels = {}) => ({ id, name: id, kind: "ping", target: id, labels, locations: ["berlin"] }) as unknown as Check;
const dependency = (more: Partial<Dependency>): Dependency => ({ id: "d", name: "", children: {}, child_check_id: null, parents: ["switch"], version: 1, ...more });

test("a check depends by its id or its labels, never on itself alone", () => {
  const all = [dependency({ id: "1", child_check_id: "shop" }), dependency({ id: "2", children: { rack: "4" } }), dependency({ id: "3", children: { rack: "5" } })];
  expect(dependsOn(all, check("shop", { rack: "4" })).map((one) => one.id)).toEqual(["1", "2"]);
  expect(dependsOn(all, check("switch", { rack: "4" }))).toEqual([]);
  expect(neededBy(all, check("switch"))).toHaveLength(3);
});

test("a check depends by the labels of its server, however they are written", () => {
  const shop = { ...check("shop"), instance_id: "i" };
  const host = { id: "i", hostname: "web-1", labels: { "server-role": "db" } } as unknown as Instance;
  const all = [dependency({ id: "1", children: { server_role: "db" } }), dependency({ id: "2", children: { "server-role": "db", instance: "web-1" } })];
  expect(dependsOn(all, shop, [host]).map((one) => one.id)).toEqual(["1", "2"]);
  expect(dependsOn(all, shop)).toEqual([]);
});

test("either a check or labels are sent", () => {
  expect(dependencyInput({ name: "x", children: { a: "b" }, child_check_id: "shop", parents: [] }).children).toEqual({});
  expect(dependencyInput({ name: "x", children: { a: "b" }, child_check_id: null, parents: [] }).child_check_id).toBeNull();
});

test("parents are told as a choice", () => {
  expect(oneOf(["a"])).toBe("a");
  expect(oneOf(["a", "b", "c"])).toBe("a, b or c");
});
