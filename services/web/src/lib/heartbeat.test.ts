import { describe, expect, it } from "vitest";
import type { Check } from "../api/types";
import { callsOf, heartbeatOf } from "./heartbeat";

const SETTINGS = { heartbeat: { period_seconds: 86_400, grace_seconds: 3600, cron: "", time_zone: "UTC" } };
const check = (more: Partial<Check>): Check => ({ status: "up", settings: SETTINGS, last_result: null, ...more }) as Check;

describe("heartbeat", () => {
  it("tells what is expected of the job", () => {
    expect(heartbeatOf(check({}))).toMatchObject({ expected: "every 1 d", graceSeconds: 3600, lastCall: null, dueBy: null });
    const cron = { heartbeat: { ...SETTINGS.heartbeat, cron: "0 3 * * *", time_zone: "Europe/Berlin" } };
    expect(heartbeatOf(check({ settings: cron }))?.expected).toBe("0 3 * * * (Europe/Berlin)");
    expect(heartbeatOf(check({ settings: { tcp: {} } }))).toBeNull();
  });

  it("finds the last call and what it said, in the events where the last result is a silence", () => {
    const fail = { ping: "fail", ping_at: "2026-11-22T00:21:48Z", body: "disk full" };
    const result = { status: "down" as const, duration_seconds: 0, detail: {} };
    const found = heartbeatOf(check({ status: "down", last_result: result }), [{ at: "", status: "down", detail: {} }, { at: "", status: "down", detail: fail }]);
    expect(found).toMatchObject({ lastCall: fail.ping_at, lastKind: "fail", said: "disk full", dueBy: null });
    const well = { status: "up" as const, duration_seconds: 0, detail: { ping: "success", ping_at: "1", expected_by: "2" } };
    expect(heartbeatOf(check({ last_result: well }))).toMatchObject({ lastCall: "1", dueBy: "2", said: "" });
  });

  it("shows every way to call, each with a time limit and tries", () => {
    const commands = callsOf("https://m/ping/key").map(([, command]) => command);
    for (const end of ["/$?", "/ping/key", "/start", "/fail", "/log"]) expect(commands.some((one) => one.endsWith(end))).toBe(true);
    expect(commands.every((one) => one.includes("-m 10 --retry 5"))).toBe(true);
  });
});
