import { describe, expect, it } from "vitest";
import { sameField } from "./problem";

describe("fields that the server names", () => {
  it("are those of the form, by place where the form shows each", () => {
    expect(sameField("settings.http.json[1].path", "settings.http.json[1].path")).toBe(true);
    expect(sameField("settings.http.json[1].path", "settings.http.json[0].path")).toBe(false);
    expect(sameField("settings.http.expected_status[1]", "settings.http.expected_status")).toBe(true);
    expect(sameField("/recipients/0", "recipients")).toBe(true);
    expect(sameField("settings.http.headers.X-One", "settings.http.headers")).toBe(true);
    expect(sameField("settings.http.body_contains", "settings.http.body")).toBe(false);
  });
});
