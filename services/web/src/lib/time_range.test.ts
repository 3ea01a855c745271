import { describe, expect, it } from "vitest";
import { fromLocalInput, presetFor, readRange, stepFor, toLocalInput } from "./time_range";

describe("time range", () => {
  const now = Date.parse("2026-11-21T10:00:00.000Z");

  it("falls back when the address names no range or a wrong one", () => {
    expect(readRange(new URLSearchParams("range=9y"), "1h", now)).toMatchObject({ live: true, preset: "1h" });
    expect(readRange(new URLSearchParams("from=2026-11-21&to=2026-11-20"), "1h", now).live).toBe(true);
  });

  it("takes a fixed range from the address", () => {
    const range = readRange(new URLSearchParams("from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"), "1h", now);
    expect(range.live).toBe(false);
    expect(range.toMs - range.fromMs).toBe(86_400_000);
  });

  it("begins with what there is to see", () => {
    expect([60, 3000, 4000, 90_000].map((age) => presetFor(now - age * 1000, now))).toEqual(["15m", "1h", "6h", "6h"]);
  });

  it("chooses about 200 points", () => {
    expect(stepFor(900)).toBe(10);
    expect(stepFor(86_400)).toBe(600);
    expect(stepFor(604_800)).toBe(3600);
    expect(stepFor(86_400 * 365)).toBe(86_400);
  });

  it("survives the way through a form field", () => {
    const minute = Math.floor(now / 60_000) * 60_000;
    expect(fromLocalInput(toLocalInput(minute))).toBe(minute);
  });
});
