import { describe, expect, it } from "vitest";
import type { CheckEvent } from "../api/types";
import { resultOf } from "./live";
import { runsOf, tookOf, warningOf } from "./result";

describe("result", () => {
  it("took, for a ping, the mean round trip", () => {
    expect(tookOf({ status: "up", duration_seconds: 0.8, values: { 'probe_icmp_rtt_seconds{stat="avg"}': 0.001 } })).toBe(0.001);
    expect(tookOf({ status: "up", duration_seconds: 0.8 })).toBe(0.8);
    expect(tookOf(null)).toBeNull();
  });

  it("tells a warning from a failure", () => {
    expect(warningOf({ status: "up", duration_seconds: 1, reason: "expires in 6 days" })).toBe("expires in 6 days");
    expect(warningOf({ status: "down", duration_seconds: 1, reason: "refused" })).toBe("");
    expect(warningOf(null)).toBe("");
  });

  it("makes of a live event the result that the server will list", () => {
    const values = { 'probe_icmp_rtt_seconds{stat="avg"}': 0.00004 };
    const result = resultOf({ type: "check", check_id: "c", status: "up", result_status: "down", duration_seconds: 0.8, values, phases: { tls: 0.1 }, scheduled_at: "2026-11-21T10:00:00.000Z", timestamp: "2026-11-21T10:00:00.100Z" });
    expect(result).toMatchObject({ status: "down", phases: { tls: 0.1 }, scheduled_at: "2026-11-21T10:00:00.000Z" });
    expect(tookOf(result)).toBe(0.00004);
  });

  it("joins failures that repeat, and never a change of state", () => {
    const event = (at: string, reason: string, previous?: "up" | "down"): CheckEvent => ({ at, status: "down", reason, ...(previous && { previous_status: previous }) });
    const runs = runsOf([event("4", "refused"), event("3", "refused", "down"), event("2", "timeout"), event("1", "timeout", "up")]);
    expect(runs.map((run) => [run.latest.at, run.first.at, run.count])).toEqual([["4", "3", 2], ["2", "2", 1], ["1", "1", 1]]);
  });
});
