import { expect, test } from "vitest";
import { inputsOf } from "./explain";

test("votes and samples become rows, the rule its expression, the rest words", () => {
  const seen = inputsOf({
    rule: { id: "4711", version: 3, expr: "up == 0", for: 300 },
    votes: [{ location: "berlin", status: "down", failures: 2, successes: 0, slot: "2026-11-22T10:00:00Z", reason: "timed out" }],
    samples: [{ labels: { job: "a" }, time: 1_700_000_000_000, value: 0 }],
    gate: { open: false, name: "Patch night" },
  });
  expect(seen.expr).toBe("up == 0");
  expect(seen.votes).toEqual([{ location: "berlin", status: "down", failures: 2, successes: 0, slot: "2026-11-22T10:00:00Z", reason: "timed out" }]);
  expect(seen.samples).toEqual([{ labels: { job: "a" }, time: 1_700_000_000_000, value: "0" }]);
  expect(seen.rest).toEqual([["Version", "3"], ["For", "5 m"], ["Gate: open", "no"], ["Gate: name", "Patch night"]]);
});

test("what is missing or of another shape is left out, and lists are bounded", () => {
  expect(inputsOf(null)).toEqual({ expr: "", votes: [], samples: [], rest: [] });
  expect(inputsOf({ votes: "none", samples: [1, null] })).toEqual({ expr: "", votes: [], samples: [], rest: [] });
  expect(inputsOf({ samples: Array.from({ length: 500 }, () => ({ value: 1 })) }).samples).toHaveLength(50);
});
