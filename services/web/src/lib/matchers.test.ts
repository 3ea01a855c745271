import { expect, test } from "vitest";
import { covers, differing, labelsTold, matchersFrom, matchersOf, matcherWords, mistakeIn, operatorOf, silenceHref, withOperator } from "./matchers";

const matcher = { name: "team", value: "shop", regex: false, equal: true };

test("a matcher is written as Alertmanager does and changed by its operator", () => {
  expect(matcherWords(matcher)).toBe('team="shop"');
  expect(matcherWords(withOperator(matcher, "!~"))).toBe('team!~"shop"');
  expect(operatorOf(withOperator(matcher, "=~"))).toBe("=~");
});

test("the matchers of an alert reach the form through the address, values with = too", () => {
  const labels = { alertname: "Shop is down", target: "http://a/?b=c", severity: "critical" };
  const href = silenceHref(labels);
  const read = matchersFrom(new URLSearchParams(href.split("?")[1]));
  expect(read).toEqual(matchersOf(labels));
  expect(read.map((one) => one.name)).toEqual(["alertname", "target"]);
});

test("what a silence covers is seen before it is made", () => {
  expect(covers([matcher], { team: "shop", env: "prod" })).toBe(true);
  expect(covers([matcher, { ...matcher, name: "env", value: "test" }], { team: "shop", env: "prod" })).toBe(false);
  expect(covers([{ ...matcher, value: "sh.p", regex: true }], { team: "shop" })).toBe(true);
  expect(covers([{ ...matcher, value: "sh", regex: true }], { team: "shop" })).toBe(false);
  expect(covers([{ ...matcher, value: "(", regex: true }], { team: "shop" })).toBe(false);
  expect(covers([], { team: "shop" })).toBe(false);
});

test("names fit as Alertmanager knows them", () => {
  const told = labelsTold({ labels: { "server-role": "db" }, rule_name: "Disk", severity: "info" });
  expect(told).toEqual({ server_role: "db", alertname: "Disk", severity: "info" });
  for (const name of ["server-role", "server_role"]) expect(covers([{ ...matcher, name, value: "db" }], told)).toBe(true);
  expect(covers([{ ...matcher, name: "alertname", value: "Disk" }], told)).toBe(true);
});

test("many of one rule are told apart by the labels that differ", () => {
  const alerts = ["1", "2"].map((thing) => ({ labels: { thing, team: "web", check_id: thing } }));
  expect(differing(alerts).map((one) => one.labels)).toEqual([{ thing: "1" }, { thing: "2" }]);
});

test("a silence of everything is a mistake", () => {
  expect(mistakeIn([])).toMatch(/one label/);
  expect(mistakeIn([{ ...matcher, value: "" }])).not.toBe("");
  expect(mistakeIn([matcher])).toBe("");
});
