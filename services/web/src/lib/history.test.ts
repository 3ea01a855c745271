import { describe, expect, it } from "vitest";
import type { Sample } from "../api/types";
import { readAll, type Answers, type Wanted } from "./history";

describe("readAll", () => {
  it("tells of each answer as it comes, whatever the slowest one does", async () => {
    const wanted: Wanted[] = ["a", "slow", "b", "c"].map((metric_name) => ({ metric_name }));
    const answers = new Map<string, (samples: Sample[]) => void>();
    const told: string[][] = [];
    const ask = (one: Wanted) => new Promise<Sample[]>((answer) => answers.set(one.metric_name, answer));
    let heard: () => void = () => undefined;
    const tell = (some: Answers) => { told.push([...some.keys()]); heard(); };
    const whole = readAll(wanted, ask, tell);
    for (const name of ["b", "a", "c"]) {
      const next = new Promise<void>((resolve) => { heard = resolve; });
      answers.get(name)?.([]);
      await next;
    }
    expect(told).toEqual([["b"], ["b", "a"], ["b", "a", "c"]]);
    answers.get("slow")?.([]);
    expect([...(await whole).keys()]).toEqual(["b", "a", "c", "slow"]);
  });

  it("loses no answer of those that come at once, and asks for all", async () => {
    const wanted = Array.from({ length: 20 }, (_, index) => ({ metric_name: `m${index}` }));
    const found = await readAll(wanted, () => Promise.resolve([]), () => undefined);
    expect(found.size).toBe(20);
  });
});
