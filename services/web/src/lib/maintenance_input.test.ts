import { expect, test } from "vitest";
import type { MaintenanceWindow } from "../api/alerting_types";
import { blankWindow, formOf, inputOf } from "./maintenance_input";

const now = Date.parse("2026-11-22T10:20:00Z");
const stored: MaintenanceWindow = {
  id: "m", name: "Patch night", description: "", selector: { env: "prod" }, everything: false, counts_in_sla: false, active: false, version: 2, next: [],
  recurrence: { rrule: "FREQ=MONTHLY;BYDAY=2TU", start: "2026-11-10T02:30:00", duration_seconds: 5400, time_zone: "Europe/Berlin" },
};

test("a window that comes again is sent back as it was", () => {
  const sent = inputOf(formOf(stored, now));
  expect(sent).toEqual({ name: "Patch night", description: "", selector: { env: "prod" }, everything: false, counts_in_sla: false, recurrence: stored.recurrence });
});

test("a window that happens once has two times and no rule", () => {
  const starts_at = "2026-11-23T10:00:00.000Z";
  const ends_at = "2026-11-23T12:00:00.000Z";
  const sent = inputOf(formOf({ ...stored, recurrence: null, starts_at, ends_at }, now));
  expect(sent).toMatchObject({ starts_at, ends_at });
  expect(sent).not.toHaveProperty("recurrence");
});

test("labels of the address are in the form, and none are sent of everything", () => {
  const form = blankWindow(new URLSearchParams("label=target%3Dhttp%3A%2F%2Fa%2F%3Fb%3Dc"), now);
  expect(form.selector).toEqual({ target: "http://a/?b=c" });
  expect(inputOf({ ...form, everything: true }).selector).toEqual({});
});
