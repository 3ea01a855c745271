import { describe, expect, it } from "vitest";
import type { Check, CheckEvent, CheckResult } from "../api/types";
import { resultOf } from "./live";
import { checkReason, eventWords, gapsOf, mergeResults, reasonNow, repeats, runsOf, runTone, stateOf, tookOf, warningOf, withResult } from "./result";

describe("result", () => {
  it("took, for a ping, the mean round trip", () => {
    expect(tookOf({ status: "up", duration_seconds: 0.8, values: { 'probe_icmp_rtt_seconds{stat="avg"}': 0.001 } })).toBe(0.001);
    expect(tookOf({ status: "up", duration_seconds: 0.8 })).toBe(0.8);
    expect(tookOf(null)).toBeNull();
  });

  it("tells a warning from a failure", () => {
    expect(warningOf({ status: "up", warning: true, duration_seconds: 1, reason: "expires in 6 days" })).toBe("expires in 6 days");
    expect(warningOf({ status: "up", duration_seconds: 1, reason: "OK - load 0.3" })).toBe("");
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

  it("tells a failure that decides nothing from a state", () => {
    const words = (event: Partial<CheckEvent>, count = 1) => {
      const latest: CheckEvent = { at: "1", status: "up", previous_status: event.status ?? "up", reason: "refused", ...event };
      const run = { latest, first: latest, count };
      return [runTone(run), eventWords(run, 3), repeats(run)];
    };
    expect(words({})).toEqual(["warn", "failed once, down after 3 in a row", ""]);
    expect(words({ status: "unknown" }, 2)).toEqual(["warn", "failed 2 times, down after 3 in a row", ""]);
    expect(words({ status: "down" }, 7)).toEqual(["down", "still down", "7 times"]);
    expect(words({ status: "down", previous_status: "unknown" })).toEqual(["down", "unknown → down", ""]);
    expect(words({ detail: { outcome: "warning" } }, 2)).toEqual(["warn", "warning", "2 times"]);
    expect(words({ reason: "" })).toEqual(["up", "warning is over", ""]);
    expect(words({ flapping: "began" })).toEqual(["warn", "flapping: it goes up and down too often", ""]);
    expect(words({ flapping: "ended" })).toEqual(["up", "flapping is over: up", ""]);
  });

  const run = (scheduled_at: string, more: Partial<CheckResult> = {}): CheckResult => ({ scheduled_at, status: "up", duration_seconds: 1, location: "default", ...more });

  it("lists every run once, newest first, of several locations too", () => {
    const all = mergeResults([run("2026-01-03"), run("2026-01-02", { reason: "kept" })], [run("2026-01-02"), run("2026-01-02", { location: "moon" }), run("2026-01-01")]);
    expect(all.map((one) => `${one.scheduled_at} ${one.location} ${one.reason ?? ""}`)).toEqual([
      "2026-01-03 default ", "2026-01-02 default kept", "2026-01-02 moon ", "2026-01-01 default ",
    ]);
    expect(withResult([run("2026-01-01")], run("2026-01-01", { location: undefined, status: "down" })).map((one) => one.status)).toEqual(["down"]);
  });

  const check = (more: Partial<Check>): Check => ({ enabled: true, status: "up", last_result: null, ...more }) as Check;

  it("says why a check is not up, and nothing of one that is paused", () => {
    const refused = run("1", { status: "down", reason: "refused" });
    expect(checkReason(check({ status: "down", last_result: refused }))).toBe("refused");
    expect(checkReason(check({ status: "unknown", last_result: run("1", { status: "unknown", reason: "no network" }) }))).toBe("no network");
    expect(checkReason(check({ warning: true, last_result: run("1", { warning: true, reason: "expires" }) }))).toBe("expires");
    expect(checkReason(check({ last_result: run("1", { reason: "OK - load 0.3" }) }))).toBe("");
    expect(checkReason(check({ status: "down", last_result: run("1", { reason: "expires" }) }))).toBe("");
    expect(checkReason(check({ enabled: false, status: "down", last_result: refused }))).toBe("");
    expect(["up", "down"].map((status) => stateOf(check({ enabled: false, status: status as Check["status"] })))).toEqual(["paused", "paused"]);
    expect(stateOf(check({ status: "paused" }))).toBe("paused");
    expect(stateOf(check({ warning: true, last_result: run("1", { warning: true, reason: "expires" }) }))).toBe("warn");
    expect(stateOf(check({ last_result: run("1", { warning: true, reason: "expires" }) }))).toBe("up");
  });

  it("takes the reason from the last result where the list has none", () => {
    const gone = check({ status: "unknown", last_result: run("2", { status: "unknown", reason: "no expiry date" }) });
    expect(reasonNow(gone, run("2", { status: "unknown", reason: "" }))).toBe("no expiry date");
    expect(reasonNow(gone, run("3", { status: "up" }))).toBe("");
  });

  it("shows where nothing came for long", () => {
    const at = (second: number, location = "default") => run(new Date(second * 1000).toISOString(), { location });
    expect(gapsOf([100, 90, 80, 40, 30, 20].map((second) => at(second)))).toEqual([0, 0, 40, 0, 0, 0]);
    expect(gapsOf([at(44, "moon"), at(40), at(34, "moon"), at(30), at(24, "moon"), at(20), at(14, "moon"), at(10)]).every((gap) => gap === 0)).toBe(true);
    expect(gapsOf([at(100), at(10)])).toEqual([0, 0]);
  });
});
