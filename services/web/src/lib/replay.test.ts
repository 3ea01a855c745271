import { expect, test } from "vitest";
import type { Replay } from "../api/alerting_types";
import { replayWords, rowsOf } from "./replay";

const page = (hour: number, a: string) => ({ labels: { a }, fired_at: `2026-11-22T${10 + hour}:00:00Z`, resolved_at: null, value: "1" });
const replay: Replay = { new: { pages: [page(0, "x"), page(2, "y")] }, old: { pages: [page(0, "x"), page(1, "z")] }, only_new: [page(2, "y")], only_old: [page(1, "z")], both: 1, truncated: false };

test("pages of both stand in one list, the newest first", () => {
  expect(rowsOf(replay).map((one) => [one.labels["a"], one.side])).toEqual([["y", "new"], ["z", "old"], ["x", "both"]]);
  expect(rowsOf(replay, 1)).toHaveLength(1);
});

test("the difference is told in words", () => {
  expect(replayWords(replay)).toBe("1 page more, 1 page less, 1 the same.");
  expect(replayWords({ ...replay, old: null })).toBe("It would have paged 2 times.");
  expect(replayWords({ ...replay, only_new: [], only_old: [] })).toBe("Both would have paged the same 2 times.");
  expect(replayWords({ ...replay, new: { pages: [] }, old: null })).toBe("Nobody would have been paged.");
});
