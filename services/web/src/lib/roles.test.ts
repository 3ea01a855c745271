import { describe, expect, it } from "vitest";
import type { Role } from "../api/types";
import { byResource, roleName, roleOptions, verbOf } from "./roles";

const role = (name: string, more: Partial<Role> = {}): Role => ({ id: name, name, description: "", permissions: [], built_in: false, version: 1, created_at: "2026-11-22T10:00:00Z", updated_at: "2026-11-22T10:00:00Z", ...more });

describe("roles", () => {
  it("are offered with the built-in ones first", () => {
    const options = roleOptions([role("zeta"), role("admin", { built_in: true }), role("alpha", { description: "looks after the shop" })]);
    expect(options.map(([name]) => name)).toEqual(["member", "viewer", "operator", "admin", "alpha", "zeta"]);
    expect(options[4]?.[1]).toBe("alpha: looks after the shop");
    expect(options[5]?.[1]).toBe("zeta");
  });
  it("have names for people", () => {
    expect(roleName("admin")).toBe("Administrator");
    expect(roleName("night-watch")).toBe("night-watch");
  });
  it("group what they are made of by what it is about", () => {
    const of = (resource: string, name: string) => ({ resource, name });
    expect(byResource([of("checks", "a"), of("rules", "b"), of("checks", "c")])).toEqual([
      ["checks", [of("checks", "a"), of("checks", "c")]],
      ["rules", [of("rules", "b")]],
    ]);
    expect(verbOf("checks:write")).toBe("write");
  });
});
