import { describe, expect, it } from "vitest";
import type { Check } from "../api/types";
import { groupOf, groupsWith, groupWords } from "./group";

const group = (id: string, settings: Record<string, unknown>): Check => ({ id, kind: "group", settings: { group: settings } }) as unknown as Check;

describe("groups", () => {
  it("say when they are up", () => {
    const words = (mode: string, at_least = 1) => groupWords({ members: [], mode, at_least });
    expect(["worst", "best"].map((mode) => words(mode))).toEqual(["all members are up", "one member is up"]);
    expect(words("at_least", 2)).toBe("at least 2 of its members are up");
    expect(words("weighted", 5)).toBe("the members that are up weigh 5 or more");
  });

  it("have what is not written by default", () => {
    expect(groupOf(group("g", { members: [{ check_id: "a" }] }))).toEqual({ members: [{ check_id: "a", weight: 1 }], mode: "worst", at_least: 1 });
    expect(groupOf({ settings: { tcp: {} } } as unknown as Check)).toBeNull();
  });

  it("are found by their members", () => {
    const all = [group("g", { members: [{ check_id: "a" }, { check_id: "b" }] }), group("h", {}), { id: "a", settings: { tcp: {} } } as unknown as Check];
    expect(groupsWith(all, "b").map((one) => one.id)).toEqual(["g"]);
    expect(groupsWith(all, "c")).toEqual([]);
  });
});
