import { describe, expect, it } from "vitest";
import { byUnit, exitWords, formatOf, scriptOutputOf } from "./script";
import type { Series } from "./series";

describe("script", () => {
  it("shows all lines where there are more than one", () => {
    const result = { status: "up" as const, duration_seconds: 0.1, reason: "WARNING - 91 %", values: { probe_script_exit_code: 1 } };
    expect(scriptOutputOf(result)).toEqual({ exitCode: 1, text: "WARNING - 91 %", performance: "" });
    expect(scriptOutputOf({ ...result, detail: { output: "WARNING - 91 %\nmore", performance_data: "a=1" } }))
      .toEqual({ exitCode: 1, text: "WARNING - 91 %\nmore", performance: "a=1" });
    expect(scriptOutputOf(null)).toBeNull();
    expect(scriptOutputOf({ status: "unknown", duration_seconds: 0, reason: "not allowed" })).toEqual({ exitCode: null, text: "not allowed", performance: "" });
  });

  it("names exit statuses as plugins do", () => {
    expect(exitWords(1)).toBe("Warning (exit status 1)");
    expect(exitWords(42)).toBe("Exit status 42");
  });

  it("groups numbers by unit", () => {
    const series = (label: string, unit?: string): Series => ({ name: "probe_script_value", labels: { label, ...(unit ? { unit } : {}) }, times: [], values: [] });
    const groups = byUnit([series("b", "seconds"), series("users"), series("a", "seconds"), { ...series("x"), name: "probe_success" }]);
    expect(groups.map(([unit, group]) => [unit, group.map((one) => one.labels["label"])])).toEqual([["", ["users"]], ["seconds", ["a", "b"]]]);
    expect(formatOf("ratio")(0.5)).toMatch(/50/);
    expect(formatOf("volts")(3)).toBe("3 volts");
  });
});
