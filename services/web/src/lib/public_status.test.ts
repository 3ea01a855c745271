import { expect, test } from "vitest";
import { dayTone, dayWords, isOver, plainWords } from "./public_status";

test("a day nobody knows of is neither good nor bad", () => {
  expect(dayTone({ date: "2026-11-22", uptime: null })).toBe("unknown");
  expect(dayWords({ date: "2026-11-22", uptime: null })).toBe("2026-11-22: nothing was measured");
});

test("days are told by how much of them was up", () => {
  expect([1, 0.9995, 0.99, 0.5, 0].map((uptime) => dayTone({ date: "", uptime }))).toEqual(["up", "up", "warn", "down", "down"]);
});

test("states in words", () => {
  expect(plainWords("in_progress")).toBe("In progress");
  expect(isOver("completed")).toBe(true);
  expect(isOver("monitoring")).toBe(false);
});
