import { describe, expect, it } from "vitest";
import { BLANK_CHECK, definitionOf, targetMistake, timeLimit } from "./check_input";

describe("check input", () => {
  it("sends only the settings of its kind, without empty texts", () => {
    const body = definitionOf({ ...BLANK_CHECK, target: " https://example.org ", settings: { ...BLANK_CHECK.settings, tcp: {} } });
    expect(Object.keys(body.settings)).toEqual(["http"]);
    expect(body.settings.http).not.toHaveProperty("body");
    expect(body.name).toBe("https://example.org");
    expect(body).not.toHaveProperty("instance_id");
  });

  it("has a time limit within its interval, and the wished one when there is room again", () => {
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: 2 })).toBe(2);
    expect(definitionOf({ ...BLANK_CHECK, interval_seconds: 2 }).timeout_seconds).toBe(2);
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: 20 })).toBe(10);
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: Number.NaN })).toBe(10);
  });

  it("tells what is wrong with a target", () => {
    expect(targetMistake("http", "example.org")).toMatch(/http:/);
    expect(targetMistake("tcp", "[::1]:22")).toBe("");
    expect(targetMistake("tls", "example.org")).toMatch(/host:port/);
    expect(targetMistake("icmp", "example.org:80")).toMatch(/without port/);
    expect(targetMistake("icmp", "::1")).toBe("");
    expect(targetMistake("script", "the shop")).toMatch(/without blanks/);
    expect(targetMistake("script", "shop")).toBe("");
  });
});
