import { describe, expect, it } from "vitest";
import type { Sample } from "../api/types";
import { align, append, gather, last, rate, seriesKey } from "./series";

const at = (second: number) => new Date(second * 1000).toISOString();

function sample(second: number, value: Sample["value"], labels = { device: "sda" }): Sample {
  return { server_id: "a", metric_type: "disk", metric_name: "reads_total", value, labels, timestamp: at(second) };
}

describe("series", () => {
  it("names a series whatever the order of its labels", () => {
    expect(seriesKey("m", { b: "2", a: "1" })).toBe(seriesKey("m", { a: "1", b: "2" }));
  });

  it("gathers newest-first pages into ascending series", () => {
    const [series] = [...gather([sample(20, 3), sample(10, 1), sample(15, null)]).values()];
    expect(series?.times).toEqual([10, 15, 20]);
    expect(series?.values).toEqual([1, null, 3]);
  });

  it("derives rates and survives a counter that starts anew", () => {
    const [series] = [...gather([sample(0, 100), sample(10, 200), sample(20, 50)]).values()];
    expect(rate(series!).values).toEqual([10, 5]);
  });

  it("leaves a gap where values are missing or too far apart", () => {
    const [series] = [...gather([sample(0, 100), sample(10, null), sample(20, 300), sample(500, 900)]).values()];
    expect(rate(series!, 60).values).toEqual([null, null, null]);
  });

  it("aligns series on one axis and breaks lines at holes", () => {
    const all = [...gather([sample(0, 1), sample(10, 2), sample(100, 3), sample(11, 9, { device: "sdb" })]).values()];
    const { times, columns } = align(all, 10);
    expect(times).toEqual([0, 10, 20, 100]);
    expect(columns).toEqual([[1, 2, null, 3], [null, 9, null, null]]);
  });

  it("appends live samples once and drops what is too old", () => {
    const before = gather([sample(0, 1), sample(10, 2)]);
    const after = append(before, [sample(10, 2), sample(20, "+Inf"), sample(30, 4)], 10);
    const series = [...after.values()][0];
    expect(series?.times).toEqual([10, 20, 30]);
    expect(last(series)).toBe(4);
    expect([...before.values()][0]?.times).toEqual([0, 10]);
  });
});
