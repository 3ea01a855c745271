import { expect, test } from "vitest";
import type { Drill, Told } from "../api/alerting_types";
import { cronWords, stagesOf, took } from "./drill";

const at = (second: number) => new Date(1_700_000_000_000 + second * 1000).toISOString();
const row = (channel: string, transition: string, state: Told["state"], second: number, target = "a"): Told => ({ at: at(second), transition, channel, target, state });

const drill = (more: Partial<Drill>): Drill => ({
  id: "1", state: "ended", verdict: "ok", detail: "", requested_by: null, due_at: null, started_at: at(0), decided_at: null, told_at: null, resolved_at: null,
  ended_at: null, seconds_to_tell: null, target_seconds: 60, deadline_seconds: 600, incident_id: null, notifications: [], ...more,
});

test("the way of a drill is told stage by stage, in order", () => {
  const one = drill({
    decided_at: at(0.5), resolved_at: at(4),
    notifications: [
      row("alertmanager", "firing", "accepted", 0.7, "http://a"), row("alertmanager", "firing", "accepted", 0.8, "http://b"), row("webhook", "firing", "failed", 1),
      row("alertmanager_receiver", "firing", "delivered", 3), row("email", "firing", "sent", 2), row("alertmanager_receiver", "resolved", "delivered", 9),
    ],
  });
  expect(stagesOf(one).map(({ name, seconds, times }) => [name, seconds, times])).toEqual([["Decided", 0.5, 1], ["Alertmanager", 0.7, 2], ["E-mail", 2, 1], ["Receiver", 3, 1], ["Over", 4, 1]]);
  expect(stagesOf(drill({}))).toEqual([]);
});

test("times are told as finely as they matter", () => {
  expect(took(0.0234)).toBe("23.4 ms");
  expect(took(2.34)).toBe("2.34 s");
  expect(took(75)).toBe("1 m 15 s");
});

test("simple schedules are told in words", () => {
  expect(cronWords("0 10 * * 1")).toBe("Mondays at 10:00");
  expect(cronWords("5 7 * * 0")).toBe("Sundays at 07:05");
  expect(cronWords("5 7 * * 7")).toBe("Sundays at 07:05");
  expect(cronWords("30 7 * * *")).toBe("Every day at 07:30");
  expect(cronWords("0 10 1 * *")).toBe("0 10 1 * *");
});
