import { expect, test } from "vitest";
import { silencedWords, silencePath, splitHeld, whyHeld } from "./suppression";

const held = { kind: "maintenance" as const, id: "m 1", name: "Patch night", text: "" };

test("what is held back says why and leads to it", () => {
  expect(whyHeld(held)).toEqual({ icon: "window", words: "In maintenance: Patch night", href: "/alerts/maintenance/m%201/edit" });
  expect(whyHeld({ ...held, kind: "waiting", text: "waiting for a new result of “switch”" }).words).toBe("waiting for a new result of “switch”");
});

test("alerts that nobody is told of stand apart from those that fire and those that may", () => {
  const alerts = [{ state: "firing" }, { state: "firing", suppressed_by: held }, { state: "pending" }, { state: "firing", suppressed_by: null }];
  const by = { id: "s", created_by: "joe", ends_at: "2026-11-22T14:00:00Z", comment: "" };
  const { firing, silenced, held: apart, pending } = splitHeld([...alerts, { state: "firing", silenced_by: by }, { state: "firing", silenced_by: by, suppressed_by: held }, { state: "pending", silenced_by: by }]);
  expect([firing.length, silenced.length, apart.length, pending.length]).toEqual([2, 1, 2, 2]);
});

test("a silence says by whom, until when and why", () => {
  const ends = new Date();
  ends.setHours(23, 59, 0, 0);
  const by = { id: "s 1", created_by: "joe", ends_at: ends.toISOString(), comment: "new disks" };
  expect(silencedWords(by)).toBe("Silenced by joe until 23:59: new disks");
  expect(silencedWords({ ...by, ends_at: "2001-02-03T12:00:00Z", comment: "" })).toMatch(/^Silenced by joe until .*Feb/);
  expect(silencePath(by.id)).toBe("/alerts/silences/s%201/edit");
});
