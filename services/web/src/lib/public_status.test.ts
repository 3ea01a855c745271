import { expect, test } from "vitest";
import { dayTone, dayWords, isOld, phaseOf, plainWords, type PublicStatus } from "./public_status";

test("a day nobody knows of is neither good nor bad", () => {
  expect(dayTone({ date: "2026-11-22", uptime: null })).toBe("unknown");
  expect(dayWords({ date: "2026-11-22", uptime: null })).toBe("2026-11-22: nothing was measured");
});

test("days are told by how much of them was up", () => {
  expect([1, 0.9995, 0.99, 0.5, 0].map((uptime) => dayTone({ date: "", uptime }))).toEqual(["up", "up", "warn", "down", "down"]);
});

test("states in words", () => {
  expect(plainWords("in_progress")).toBe("In progress");
});

test("what is planned, what is going on, what is over", () => {
  const post = (more: Partial<PublicStatus["posts"][number]>) =>
    phaseOf({ id: "", kind: "maintenance", title: "", state: "scheduled", components: [], starts_at: null, ends_at: null, created_at: "", updates: [], ...more }, "2026-11-22T12:00:00Z");
  expect(post({ starts_at: "2026-12-01T00:00:00Z", ends_at: "2026-12-01T02:00:00Z" })).toBe("planned");
  expect(post({ starts_at: "2026-11-22T11:00:00Z", ends_at: "2026-11-22T13:00:00Z" })).toBe("now");
  expect(post({ starts_at: "2026-11-20T11:00:00Z", ends_at: "2026-11-20T13:00:00Z" })).toBe("before");
  expect(post({ kind: "incident", state: "monitoring" })).toBe("now");
  expect(post({ kind: "incident", state: "resolved" })).toBe("before");
});

test("a page that nobody reads anew is old", () => {
  const status = { at: "2026-11-22T12:00:00Z" } as PublicStatus;
  expect(isOld(status, Date.parse("2026-11-22T12:01:00Z"))).toBe(false);
  expect(isOld(status, Date.parse("2026-11-22T12:03:00Z"))).toBe(true);
});
