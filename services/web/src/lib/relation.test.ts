import { expect, test } from "vitest";
import type { Relation } from "../api/types";
import { othersOf, relationsOf } from "./relation";

const relation = (kind: Relation["kind"], instance_id: string, target_id: string): Relation => ({ id: `${kind}${instance_id}`, kind, instance_id, target_id, version: 1, created_at: "", updated_at: "" });

test("relations are told from the end at which somebody looks (M-008)", () => {
  const all = [relation("runs-on", "pod", "machine"), relation("runs-on", "other", "pod"), relation("depends-on", "shop", "pod")];
  const told = relationsOf("pod", all).map(([words, found]) => `${words}: ${found.map(({ other }) => other).join()}`);
  expect(told).toEqual(["Runs on: machine", "Runs: other", "Is needed by: shop"]);
  expect(othersOf("pod", all)).toEqual(["machine", "other", "shop"]);
});
