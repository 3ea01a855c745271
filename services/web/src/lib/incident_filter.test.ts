import { expect, test } from "vitest";
import { isNarrowed, labelOf, rangeOf, readFilter } from "./incident_filter";

test("a filter is read from the address, with a month when it names no range", () => {
  const none = readFilter(new URLSearchParams());
  expect(none.days).toBe(30);
  expect(isNarrowed(none)).toBe(false);
  const some = readFilter(new URLSearchParams("state=open&days=7&label=team:shop"));
  expect(some).toMatchObject({ state: "open", days: 7, label: "team:shop" });
  expect(isNarrowed(some)).toBe(true);
  expect(readFilter(new URLSearchParams("days=5")).days).toBe(30);
});

test("a label is written with = or :, and is none before it has a value", () => {
  expect(labelOf("team = shop")).toBe("team:shop");
  expect(labelOf("url:http://a.example:8080")).toBe("url:http://a.example:8080");
  expect(labelOf("team=")).toBeNull();
  expect(labelOf("9team=x")).toBeNull();
});

test("a range ends at the next whole minute", () => {
  expect(rangeOf(1, Date.parse("2026-11-22T10:00:30Z"))).toEqual({ from: "2026-11-21T10:01:00.000Z", to: "2026-11-22T10:01:00.000Z" });
});
