import { describe, expect, it } from "vitest";
import type { Check } from "../api/types";
import { statesOf } from "./tally";

const TALLY = { total: 3, up: 2, down: 1, unknown: 0 };
const check = (more: Partial<Check>): Check => ({ enabled: true, status: "up", last_result: null, ...more }) as Check;

describe("states of checks", () => {
  it("are counted apart for those that warn and those that are paused", () => {
    const warning = check({ warning: true, last_result: { status: "up", warning: true, duration_seconds: 1, reason: "expires" } });
    const items = [check({}), warning, check({ enabled: false, status: "down" }), check({ status: "down" }),
      check({ status: "down", maintenance: { id: "1", name: "move", until: "2026-11-22T04:00:00Z" } })];
    expect(statesOf(TALLY, { items, next_cursor: null })).toEqual({ total: 5, up: 1, warn: 1, down: 1, unknown: 0, maintenance: 1, paused: 1 });
  });

  it("are those of the server while the list is not whole", () => {
    expect(statesOf(TALLY, { items: [], next_cursor: "more" })).toEqual({ ...TALLY, warn: 0, maintenance: 0, paused: 0 });
    expect(statesOf({ ...TALLY, paused: 2 })).toMatchObject({ up: 2, paused: 2 });
  });
});
