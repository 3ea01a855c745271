import { expect, test } from "vitest";
import { endOf, eventText, incidentState, lasted, lookOf } from "./incident";

const ack = { by: "ann", comment: "", at: "2026-11-22T10:00:00Z", expires_at: null, sticky: false };

test("an acknowledged incident is open no more for who looks, a resolved one is resolved", () => {
  expect(incidentState({ state: "open", acknowledgement: null })).toBe("open");
  expect(incidentState({ state: "open", acknowledgement: ack })).toBe("acknowledged");
  expect(incidentState({ state: "resolved", acknowledgement: ack })).toBe("resolved");
});

test("an event of a kind unknown here is named by its kind", () => {
  expect(lookOf({ kind: "acknowledged" }).words).toBe("Acknowledged");
  expect(lookOf({ kind: "moved_house" }).words).toBe("Moved house");
});

test("how long it lasted ends when it was resolved", () => {
  const opened_at = "2026-11-22T10:00:00Z";
  expect(lasted({ opened_at, resolved_at: "2026-11-22T10:05:00Z" })).toBe(300);
  expect(lasted({ opened_at, resolved_at: null }, Date.parse("2026-11-22T11:00:00Z"))).toBe(3600);
});

test("an end is chosen as a span, as the next morning, as a time, or not", () => {
  const now = new Date(2026, 10, 22, 7, 30).getTime();
  expect(endOf("", "", now)).toBeNull();
  expect(endOf("3600", "", now)).toBe(new Date(now + 3_600_000).toISOString());
  expect(endOf("morning", "", now)).toBe(new Date(2026, 10, 23, 8).toISOString());
  expect(endOf("own", "2026-11-23T12:00", now)).toBe(new Date(2026, 10, 23, 12).toISOString());
});

test("an event tells to whom, and what was written", () => {
  const at = "2026-11-22T10:00:00Z";
  expect(eventText({ at, kind: "assigned", text: "", assignee: { id: "1", name: "Ann" } })).toBe("to Ann");
  expect(eventText({ at, kind: "assigned", text: "", assignee: null })).toBe("to nobody");
  expect(eventText({ at, kind: "noted", text: "on it", assignee: null })).toBe("on it");
});
