import { describe, expect, it } from "vitest";
import { changedOf, entriesOf, hintOf, inOneLine, isWide, MASK, membersOf, onlyOf, type Schema, shapeOf, wordsOf } from "./schema";

const TLS: Schema = {
  type: "object", "x-order": ["verify", "client_key"],
  properties: { verify: { type: "boolean", default: true }, client_key: { type: "string", writeOnly: true, "x-multiline": true } },
};
const ROW: Schema = {
  type: "object", "x-order": ["path", "op"],
  properties: { path: { type: "string", default: "" }, op: { type: "string", default: "==", enum: ["==", "!="] } },
};
const SCHEMA: Schema = {
  type: "object",
  "x-order": ["method", "codes", "headers", "password", "secrets", "redirects", "limit", "json", "tls"],
  properties: {
    tls: TLS,
    method: { type: "string", enum: ["GET", "POST"], default: "GET" },
    codes: { type: "array", items: { type: "string", maxLength: 7 }, default: ["200-299"] },
    headers: { type: "object", additionalProperties: { type: "string" }, default: {} },
    password: { type: "string", writeOnly: true },
    secrets: { type: "object", additionalProperties: { type: "string", writeOnly: true }, default: {} },
    redirects: { type: "boolean", default: true },
    limit: { type: "integer", default: 5, minimum: 0 },
    json: { type: "array", items: ROW, default: [] },
  },
};

describe("settings by their schema", () => {
  it("have a shape each, in the order of the server", () => {
    expect(membersOf(SCHEMA, ["limit"]).map(([name, schema]) => `${name} ${shapeOf(schema)}`)).toEqual([
      "method choice", "codes list", "headers pairs", "password secret", "secrets pairs", "redirects boolean", "json rows", "tls group",
    ]);
    expect(membersOf(onlyOf(SCHEMA, ["json"])).map(([name]) => name)).toEqual(["json"]);
    expect(shapeOf({ type: "string", "x-multiline": true })).toBe("lines");
    expect(isWide({ type: "string", "x-multiline": true, maxLength: 65_536 })).toBe(true);
    expect(inOneLine({ type: "array", items: { type: "string", maxLength: 1024 } })).toBe(false);
  });

  it("are called by the words of their names", () => {
    expect(["max_ready", "interval_ms", "ip_version", "management_url", "grace_seconds", "max_loss_percent", "sasl_mechanism"].map(wordsOf))
      .toEqual(["Max ready", "Interval, ms", "IP version", "Management URL", "Grace, seconds", "Max loss, %", "SASL mechanism"]);
  });

  it("are sent only where they differ from the defaults", () => {
    expect(changedOf(SCHEMA, { method: "GET", codes: ["200-299"], headers: {}, password: "", redirects: true, limit: 5, json: [], tls: { verify: true, client_key: "" } })).toEqual({});
    expect(changedOf(SCHEMA, { method: "POST", codes: [], limit: Number.NaN, redirects: false, tls: { verify: false }, other: 1 }))
      .toEqual({ method: "POST", codes: [], redirects: false, tls: { verify: false } });
  });

  it("keep secrets by sending their masks back, also within maps and groups", () => {
    const given = { password: MASK, secrets: { token: MASK }, tls: { client_key: MASK } };
    expect(changedOf(SCHEMA, given)).toEqual(given);
  });

  it("keep every row at its place, so that mistakes are told at theirs", () => {
    expect(changedOf(SCHEMA, { json: [{ path: "$.a", op: "==" }, {}, { path: "$.b", op: "!=" }] }))
      .toEqual({ json: [{ path: "$.a" }, {}, { path: "$.b", op: "!=" }] });
  });

  it("say what is required even when it is the default", () => {
    const own: Schema = { type: "object", required: ["nodes", "strict"], properties: { nodes: { type: "integer" }, strict: { type: "boolean" } } };
    expect(changedOf(own, {})).toEqual({ strict: false });
    expect(changedOf(own, { nodes: 3 })).toEqual({ nodes: 3, strict: false });
  });

  it("keep what is written into a list of numbers, and say what is no number", () => {
    const days: Schema = { type: "array", maxItems: 3, items: { type: "integer", minimum: 0, maximum: 3650 } };
    expect(entriesOf(days, "30, 7; 1")).toEqual({ entries: [30, 7, 1], mistake: "" });
    expect(entriesOf(days, "foo")).toEqual({ entries: ["foo"], mistake: "“foo” is not a whole number" });
    expect(entriesOf(days, "abc, 5")).toEqual({ entries: ["abc", 5], mistake: "“abc” is not a whole number" });
    expect(entriesOf(days, "1.5").mistake).toBe("“1.5” is not a whole number");
    expect(entriesOf(days, "9999").mistake).toBe("9999 is not between 0 and 3650");
    expect(entriesOf(days, "1 2 3 4").mistake).toBe("At most 3");
    expect(entriesOf(days, " ")).toEqual({ entries: [], mistake: "" });
    expect(entriesOf({ type: "array", items: { type: "string" } }, "a, b\n\nc")).toEqual({ entries: ["a, b", "c"], mistake: "" });
  });

  it("have no hint that only says their name again", () => {
    expect([hintOf("Check", "A check"), hintOf("Weight", "Its weight"), hintOf("HTTP version", "HTTP version to speak"), hintOf("Server", undefined)])
      .toEqual([undefined, undefined, "HTTP version to speak", undefined]);
  });
});
