import { describe, expect, it } from "vitest";
import { axisFor } from "./axis";

describe("axis of values", () => {
  it("has round lines, the highest above every value", () => {
    expect(axisFor(0, 7.3).lines).toEqual([0, 2, 4, 6, 8]);
    expect(axisFor(0, 0.0021).lines).toEqual([0, 0.001, 0.002, 0.003]);
    expect(axisFor(0, 100).lines).toEqual([0, 25, 50, 75, 100]);
    expect(axisFor(-3, 5).lines).toEqual([-4, -2, 0, 2, 4, 6]);
    for (const high of [1, 3, 7, 9.9, 12, 37, 51, 99, 101, 4321]) expect(axisFor(0, high).max).toBeGreaterThanOrEqual(high);
  });

  it("counts bytes by powers of two", () => {
    expect(axisFor(0, 3000, true).lines).toEqual([0, 1024, 2048, 3072]);
  });

  it("has lines even where nothing is to be seen", () => {
    expect(axisFor(0, 0).lines).toEqual([0, 0.25]);
    expect(axisFor(0, Number.POSITIVE_INFINITY).lines.length).toBeLessThan(10);
  });
});
