import { describe, expect, it } from "vitest";
import { sumOf, uptimeQueries, uptimeWords } from "./uptime";

describe("uptime", () => {
  it("counts every result once, whatever buckets a chart has", () => {
    const [up, all] = uptimeQueries("a", 899.2);
    expect(up).toBe('sum(sum_over_time(probe_success{check_id="a"}[900s]))');
    expect(all).toBe('sum(count_over_time(probe_success{check_id="a"}[900s]))');
    expect(sumOf([{ metric: {}, value: [1, "67"] }])).toBe(67);
    expect(sumOf([])).toBe(0);
  });

  it("is told with how many results it is of, and not at all without any", () => {
    expect(uptimeWords({ up: 67, results: 94 })).toBe("Up in 71.28 % of 94 results");
    expect(uptimeWords({ up: 1, results: 1 })).toBe("Up in 100 % of 1 result");
    expect(uptimeWords({ up: 0, results: 0 })).toBe("");
    expect(uptimeWords(undefined)).toBe("");
  });
});
