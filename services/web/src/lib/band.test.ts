import { expect, test } from "vitest";
import type { Band } from "../api/alerting_types";
import { BAND, bandLines, bandsOf } from "./band";

const band: Band = {
  labels: { job: "a" }, season: "week",
  points: [{ at: "2026-11-22T10:00:00Z", value: 9, lower: 1, middle: 2, upper: 3, unusual: true }, { at: "2026-11-22T10:01:00Z", value: null }],
};

test("a band is a value between two lines, with gaps where nothing is known", () => {
  const { name, lines, unusual } = bandLines(band);
  expect(name).toBe("job=a");
  expect(unusual).toBe(1);
  expect(lines.map((line) => line.series.values)).toEqual([[9, null], [2, null], [3, null], [1, null]]);
  expect(lines[BAND[0]]?.name).toBe("To");
  expect(lines[0]?.series.times[1]).toBe(Date.parse("2026-11-22T10:01:00Z") / 1000);
});

test("the band of an incident is that of its series", () => {
  expect(bandsOf([band, { ...band, labels: { job: "b" } }], { job: "a", severity: "warning" })).toEqual([band]);
});
