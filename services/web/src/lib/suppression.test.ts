import { expect, test } from "vitest";
import { splitHeld, whyHeld } from "./suppression";

const held = { kind: "maintenance" as const, id: "m 1", name: "Patch night", text: "" };

test("what is held back says why and leads to it", () => {
  expect(whyHeld(held)).toEqual({ icon: "window", words: "In maintenance: Patch night", href: "/alerts/maintenance/m%201/edit" });
  expect(whyHeld({ ...held, kind: "waiting", text: "waiting for a new result of “switch”" }).words).toBe("waiting for a new result of “switch”");
});

test("alerts that nobody is told of stand apart from those that fire and those that may", () => {
  const alerts = [{ state: "firing" }, { state: "firing", suppressed_by: held }, { state: "pending" }, { state: "firing", suppressed_by: null }];
  const { firing, held: apart, pending } = splitHeld(alerts);
  expect([firing.length, apart.length, pending.length]).toEqual([2, 1, 1]);
});
