import { describe, expect, it } from "vitest";
import type { CheckSlots } from "../api/types";
import { slotWords } from "./slots";

const missed = (reason: CheckSlots["missed"][number]["reason"], count: number) => ({ from: "", to: "", location: "default", reason, count });

describe("slots of a check", () => {
  it("are counted by the reason they were missed for", () => {
    expect(slotWords({ expected: 0, results: 0, missed: [], unexplained: 0 })).toBe("");
    expect(slotWords({ expected: 60, results: 60, missed: [], unexplained: 0 })).toBe("All 60 runs due have a result.");
    expect(slotWords({ expected: 60, results: 54, missed: [missed("late", 2), missed("stopped", 1), missed("late", 2)], unexplained: 1 }))
      .toBe("54 of 60 runs due have a result; 4 missed: the checker was late; 1 missed: the checker was stopped; 1 unexplained.");
  });
});
