import { describe, expect, it } from "vitest";
import { ago, availability, bytes, count, latency, percent, plural, rangeIn, span } from "./format";

describe("format", () => {
  it("writes bytes in binary units", () => {
    expect(bytes(0)).toBe("0 B");
    expect(bytes(1536)).toBe("1.50 KiB");
    expect(bytes(16 * 1024 ** 3)).toBe("16 GiB");
    expect(bytes(null)).toBe("–");
  });

  it("writes shares as percent, finely where small", () => {
    expect(percent(0.374)).toBe("37 %");
    expect(percent(0.021)).toBe("2.1 %");
    expect(percent(0)).toBe("0 %");
    expect(percent(Number.NaN)).toBe("–");
  });

  it("never rounds an outage up to full availability", () => {
    expect(availability(0.999999)).toBe("99.999 %");
    expect(availability(1)).toBe("100 %");
    expect(availability(0.5)).toBe("50.00 %");
  });

  it("chooses the unit of a latency", () => {
    expect(latency(0.00004)).toBe("40 µs");
    expect(latency(0.0123)).toBe("12.3 ms");
    expect(latency(2.5)).toBe("2.50 s");
  });

  it("writes spans in at most two neighbouring units", () => {
    expect(span(59)).toBe("59 s");
    expect(span(3700)).toBe("1 h 1 m");
    expect(span(86_400)).toBe("1 d");
    expect(span(86_400 + 30)).toBe("1 d");
  });

  it("tells how long ago something was", () => {
    const now = Date.parse("2026-11-21T10:00:00.000Z");
    expect(ago("2026-11-21T09:59:59.000Z", now)).toBe("just now");
    expect(ago("2026-11-21T09:58:00.000Z", now)).toBe("2 m ago");
    expect(ago("2026-11-22T10:00:00.000Z", now)).toBe("in 1 d");
    expect(ago(null, now)).toBe("never");
  });

  it("shortens large counts", () => {
    expect(count(1234)).toBe("1,234");
    expect(count(12_345)).toBe("12.3 k");
    expect(plural(1, "check")).toBe("1 check");
    expect(plural(2, "check")).toBe("2 checks");
  });

  it("names the days of a range in their own time zone", () => {
    const berlin = (from: string, to: string) => rangeIn("Europe/Berlin", Date.parse(from), Date.parse(to));
    expect(berlin("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z")).toBe("20 Nov 2026");
    expect(berlin("2026-11-18T23:00:00Z", "2026-11-20T23:00:00Z")).toBe("19 Nov 2026 – 20 Nov 2026");
    expect(berlin("2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z")).toBe("20 Nov 2026, 09:00 – 10:00");
  });
});
