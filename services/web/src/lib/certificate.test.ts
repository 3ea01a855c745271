import { describe, expect, it } from "vitest";
import { certificateOf } from "./certificate";

describe("certificate", () => {
  it("reads the expiry from a result's values, in seconds", () => {
    const found = certificateOf({ status: "up", duration_seconds: 1, values: { probe_ssl_earliest_cert_expiry: 1_800_000_000 } });
    expect(found?.expiresMs).toBe(1_800_000_000_000);
  });

  it("collects what an event tells", () => {
    const found = certificateOf(null, [{ at: "", status: "down", detail: { certificate_subject: "CN=a", certificate_not_after: "2026-12-01T00:00:00Z" } }]);
    expect(found?.facts[0]).toEqual(["Subject", "CN=a"]);
    expect(found?.facts[1]?.[0]).toBe("Valid until");
    expect(found?.facts[1]?.[1]).toMatch(/Dec.* 2026/);
    expect(found?.expiresMs).toBe(Date.parse("2026-12-01T00:00:00Z"));
  });

  it("reads the chain apart, and tells problems in words", () => {
    const chain = JSON.stringify([{ subject: "CN=a", issuer: "CN=ca", not_after: "2026-12-01T00:00:00Z", names: [] }]);
    const found = certificateOf({ status: "down", duration_seconds: 1, detail: { certificate_chain: chain, certificate_problems: "self_signed", certificate_curve: "x" } });
    expect(found?.chain).toEqual([{ subject: "CN=a", issuer: "CN=ca", expires: "2026-12-01T00:00:00Z" }]);
    expect(found?.facts).toEqual([["Problems", "self signed"], ["Curve", "x"]]);
    expect(certificateOf({ status: "down", duration_seconds: 1, detail: { certificate_chain: "cut off [" } })?.chain ?? []).toEqual([]);
  });

  it("is nothing where nothing is said", () => {
    expect(certificateOf({ status: "up", duration_seconds: 1 })).toBeNull();
  });
});
