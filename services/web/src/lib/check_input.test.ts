import { describe, expect, it } from "vitest";
import type { Check, CheckType, Instance, TargetForm } from "../api/types";
import { BLANK_CHECK, definitionOf, inheritedInterval, inputOf, targetMistake, timeLimit, timeLimitMistake, withKind } from "./check_input";

const type = (name: string, target: TargetForm, more: Partial<CheckType> = {}): CheckType => ({
  name, description: "", kind: name, target, default_port: null, interval_seconds: 60, timeout_seconds: 10, retry_interval_seconds: 0, failures_before_down: 3, successes_before_up: 2, active: true, built_in: true,
  settings_schema: { type: "object", properties: { body: { type: "string", default: "" }, method: { type: "string", default: "GET" } } }, ...more,
});
const HTTP = type("http", "url");

describe("check input", () => {
  it("sends only the settings of its kind, without defaults", () => {
    const body = definitionOf({ ...BLANK_CHECK, target: " https://example.org ", settings: { http: { method: "POST", body: "" }, tcp: {} } }, HTTP);
    expect(body.settings).toEqual({ http: { method: "POST" } });
    expect(body.name).toBe("https://example.org");
    expect(body).not.toHaveProperty("instance_id");
  });

  it("has a time limit within its interval, and the usual one when there is room again", () => {
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: 2 }, HTTP)).toBe(2);
    expect(definitionOf({ ...BLANK_CHECK, interval_seconds: 2 }, HTTP).timeout_seconds).toBe(2);
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: 20 }, HTTP)).toBe(10);
    expect(timeLimit({ ...BLANK_CHECK, interval_seconds: Number.NaN }, HTTP)).toBe(10);
  });

  it("never changes a time limit that somebody wrote, but says where it is too long", () => {
    const input = { ...BLANK_CHECK, interval_seconds: 20, timeout_seconds: 45 };
    expect(timeLimit(input, HTTP)).toBe(45);
    expect(timeLimitMistake(input, HTTP)).toBe("Longer than the 20 s between two runs");
    expect(timeLimitMistake({ ...input, interval_seconds: 60 }, HTTP)).toBe("");
    expect(timeLimitMistake(input, { ...HTTP, active: false })).toBe("");
    expect(timeLimitMistake({ ...BLANK_CHECK, interval_seconds: 2 }, HTTP)).toBe("");
  });

  it("takes limits and counts of a kind that is picked, unless others were chosen", () => {
    const domain = type("domain", "domain", { interval_seconds: 86_400, timeout_seconds: 30, failures_before_down: 1 });
    expect(withKind(BLANK_CHECK, HTTP, domain)).toMatchObject({ kind: "domain", timeout_seconds: 30, failures_before_down: 1 });
    expect(withKind({ ...BLANK_CHECK, failures_before_down: 5 }, HTTP, domain).failures_before_down).toBe(5);
    expect(withKind(withKind(BLANK_CHECK, HTTP, domain), domain, HTTP)).toEqual(BLANK_CHECK);
  });

  // M-083
  it("inherits the interval of its instance, or of its kind", () => {
    const domain = type("domain", "domain", { interval_seconds: 86_400 });
    const instance = { check_interval_seconds: 30 } as Instance;
    expect(definitionOf(BLANK_CHECK, HTTP).interval_seconds).toBeNull();
    expect([inheritedInterval(HTTP), inheritedInterval(HTTP, instance), inheritedInterval(domain, instance)]).toEqual([60, 30, 86_400]);
    expect(inputOf({ ...BLANK_CHECK, interval_seconds: 30, interval_inherited: true } as Check).interval_seconds).toBeNull();
    expect(inputOf({ ...BLANK_CHECK, interval_seconds: 30, interval_inherited: false } as Check).interval_seconds).toBe(30);
  });

  it("tells what is wrong with a target", () => {
    expect(targetMistake(HTTP, "example.org")).toMatch(/http:/);
    expect(targetMistake(type("tcp", "host_port"), "[::1]:22")).toBe("");
    expect(targetMistake(type("tcp", "host_port"), "example.org")).toMatch(/host:port/);
    expect(targetMistake(type("tls", "host_port", { default_port: 443 }), "example.org")).toBe("");
    expect(targetMistake(HTTP, "http://example.org:99999/x")).toMatch(/65535/);
    expect(targetMistake(HTTP, "http://user:1@[::1]:80/a:99999")).toBe("");
    expect(targetMistake(type("tcp", "host_port"), "example.org:99999")).toMatch(/65535/);
    expect(targetMistake(type("domain", "domain"), "127.0.0.1")).toMatch(/name/);
    expect(targetMistake(type("domain", "domain"), "x")).toMatch(/name/);
    expect(targetMistake(type("domain", "domain"), "example.org")).toBe("");
    expect(targetMistake(type("dns", "domain"), "localhost")).toBe("");
    expect(targetMistake(type("icmp", "host"), "example.org:80")).toMatch(/without port/);
    expect(targetMistake(type("icmp", "host"), "::1")).toBe("");
    expect(targetMistake(type("dns", "domain"), "https://example.org")).toMatch(/name/);
    expect(targetMistake(type("script", "word"), "the shop")).toMatch(/without blanks/);
    expect(targetMistake(type("script", "word"), "shop")).toBe("");
    expect(targetMistake(type("heartbeat", "name"), "the nightly backup")).toBe("");
    expect(targetMistake(type("shop", "url", { built_in: false }), "eu-west")).toBe("");
  });
});
