import { describe, expect, it } from "vitest";
import type { CheckEvent } from "../api/types";
import { runsOf, tookOf } from "./result";

describe("result", () => {
  it("took, for a ping, the mean round trip", () => {
    expect(tookOf({ status: "up", duration_seconds: 0.8, values: { 'probe_icmp_rtt_seconds{stat="avg"}': 0.001 } })).toBe(0.001);
    expect(tookOf({ status: "up", duration_seconds: 0.8 })).toBe(0.8);
    expect(tookOf(null)).toBeNull();
  });

  it("joins failures that repeat, and never a change of state", () => {
    const event = (at: string, reason: string, previous?: "up" | "down"): CheckEvent => ({ at, status: "down", reason, ...(previous && { previous_status: previous }) });
    const runs = runsOf([event("4", "refused"), event("3", "refused", "down"), event("2", "timeout"), event("1", "timeout", "up")]);
    expect(runs.map((run) => [run.latest.at, run.first.at, run.count])).toEqual([["4", "3", 2], ["2", "2", 1], ["1", "1", 1]]);
  });
});
