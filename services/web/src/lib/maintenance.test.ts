import { expect, test } from "vitest";
import type { MaintenanceWindow } from "../api/alerting_types";
import { edgeOf, phaseOf, startNow, whenWords } from "./maintenance";

const window: MaintenanceWindow = {
  id: "m", name: "Patch night", description: "", selector: { env: "prod" }, everything: false, counts_in_sla: true, active: true, version: 1,
  next: [{ starts_at: "2026-11-22T01:00:00Z", ends_at: "2026-11-22T03:00:00Z" }],
  recurrence: { rrule: "FREQ=WEEKLY;BYDAY=SU", start: "2026-11-22T02:00:00", duration_seconds: 7200, time_zone: "Europe/Berlin" },
};
test("a window is active, coming or past", () => {
  expect(phaseOf(window)).toBe("active");
  expect(phaseOf({ ...window, active: false })).toBe("coming");
  expect(phaseOf({ ...window, active: false, next: [] })).toBe("past");
  expect(edgeOf({ ...window, active_until: "2026-11-22T03:00:00Z" })).toBe("2026-11-22T03:00:00Z");
  expect(edgeOf({ ...window, active: false })).toBe("2026-11-22T01:00:00Z");
  expect(edgeOf({ ...window, active: false, next: [] })).toBeNull();
  expect(whenWords(window)).toBe("every week on Sunday at 02:00, for 2 h");
});

test("a window from now on has an end", () => {
  const made = startNow("Work", { check_id: "c" }, 7200, Date.parse("2026-11-22T10:00:00Z"));
  expect(made.starts_at).toBe("2026-11-22T10:00:00.000Z");
  expect(made.ends_at).toBe("2026-11-22T12:00:00.000Z");
});
