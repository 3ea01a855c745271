import { describe, expect, it } from "vitest";
import { BLANK_CHECK, definitionOf, targetMistake } from "./check_input";

describe("check input", () => {
  it("sends only the settings of its kind, without empty texts", () => {
    const body = definitionOf({ ...BLANK_CHECK, target: " https://example.org ", settings: { ...BLANK_CHECK.settings, tcp: {} } });
    expect(Object.keys(body.settings)).toEqual(["http"]);
    expect(body.settings.http).not.toHaveProperty("body");
    expect(body.name).toBe("https://example.org");
    expect(body).not.toHaveProperty("instance_id");
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
