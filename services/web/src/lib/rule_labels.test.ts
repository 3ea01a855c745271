import { expect, test } from "vitest";
import type { Check, Instance } from "../api/types";
import { labelsOfElement } from "./alert_labels";
import { blankRule } from "./rule_input";
import { candidates, comparedIn, namesIn } from "./rule_labels";

const check = (id: string, labels: Record<string, string>) => ({ id, name: id, kind: "http", target: "t", labels, locations: ["berlin"] }) as unknown as Check;

test("what is compared is found before it is true", () => {
  expect(comparedIn('sum by (job) (rate(x{a=">"}[5m])) > 0.5')).toBe('sum by (job) (rate(x{a=">"}[5m]))');
  expect(comparedIn("up == bool 0")).toBe("up");
  expect(comparedIn("a > b")).toBe("a > b");
});

test("a rule on checks may name the labels of the checks it is about", () => {
  const checks = [check("a", { env: "prod" }), check("b", { env: "test", team: "x" })];
  const names = (input = blankRule(null)) => namesIn(candidates(input, checks, [])).map(([name]) => name);
  expect(names()).toContain("team");
  expect(names({ ...blankRule(null), label_selector: { env: "prod" } })).not.toContain("team");
  expect(names(blankRule("b"))).toContain("team");
});

test("a rule on checks may name the labels of their servers, and ask for them", () => {
  const host = { id: "i", hostname: "web-1", labels: { "server-role": "db", env: "prod" } } as unknown as Instance;
  const checks = [{ ...check("a", { env: "test" }), instance_id: "i" }, check("b", {})];
  const found = candidates({ ...blankRule(null), label_selector: { "server-role": "db" } }, checks, [host]);
  expect(found).toEqual([expect.objectContaining({ check: "a", env: "test", instance: "web-1", server_id: "i", server_role: "db" })]);
});

test("of an expression those of its elements and of what they name", () => {
  const host = { id: "i", hostname: "web-1", labels: { env: "prod", team: "web" } } as unknown as Instance;
  const shop = { ...check("a", { env: "test" }), instance_id: "i" };
  expect(labelsOfElement({ check_id: "a", kind: "mine" }, [shop], [host])).toMatchObject({ kind: "mine", check: "a", env: "test", team: "web", instance: "web-1" });
  expect(labelsOfElement({ server_id: "i" }, [], [host])).toEqual({ server_id: "i", instance: "web-1", env: "prod", team: "web" });
  expect(labelsOfElement({ job: "x" }, [shop], [host])).toEqual({ job: "x" });
});

test("of instances and locations their own", () => {
  const instances = [{ id: "i", hostname: "web-1", labels: { rack: "4" } } as unknown as Instance];
  expect(namesIn(candidates({ ...blankRule(null), kind: "instance_silent" }, [], instances))).toContainEqual(["instance", "web-1"]);
  expect(namesIn(candidates({ ...blankRule(null), kind: "location_silent" }, [check("a", {})], []))).toEqual([["location", "berlin"]]);
});
