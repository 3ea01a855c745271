import { expect, test } from "vitest";
import type { SessionState } from "../api/session";
import { mayOn } from "./user";

const session = {
  phase: "in",
  user: { permissions: ["checks:read"], limited: [{ permissions: ["instances:read", "checks:write"], labels: { env: "prod", team: "shop" } }] },
} as unknown as SessionState;

test("a role is good everywhere", () => {
  expect(mayOn(session, "checks:read", "everything")).toBe(true);
  expect(mayOn(session, "checks:read", { env: "test" })).toBe(true);
});

test("a grant is good where all of its labels are", () => {
  expect(mayOn(session, "checks:write", { env: "prod", team: "shop", region: "eu" })).toBe(true);
  expect(mayOn(session, "checks:write", { env: "prod" })).toBe(false);
  expect(mayOn(session, "checks:write", "something")).toBe(true);
  expect(mayOn(session, "checks:write", "everything")).toBe(false);
  expect(mayOn(session, "rules:write", "something")).toBe(false);
});

test("nobody who is signed out may anything", () => {
  expect(mayOn({ phase: "out" } as SessionState, "checks:read", "something")).toBe(false);
});
