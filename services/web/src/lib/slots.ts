import type { CheckSlots } from "../api/types";
import { plural } from "./format";

// What became of the slots of a check, in one line.

const REASONS: Record<string, string> = {
  overrun: "the run before had not ended", late: "the checker was late", no_descriptors: "the checker had no descriptors left", no_network: "the checker had no network",
  no_scheduler: "no scheduler", stopped: "the checker was stopped", silent: "the checker was silent",
};

export function slotWords({ expected, results, missed, unexplained }: CheckSlots): string {
  if (expected === 0) return "";
  const counts = new Map<string, number>();
  for (const { reason, count } of missed) counts.set(reason, (counts.get(reason) ?? 0) + count);
  const parts = [...counts].map(([reason, count]) => `${count.toLocaleString("en")} missed: ${REASONS[reason] ?? reason}`);
  if (unexplained > 0) parts.push(`${unexplained.toLocaleString("en")} unexplained`);
  const of = expected === results ? `All ${plural(expected, "run")} due have a result` : `${results.toLocaleString("en")} of ${plural(expected, "run")} due have a result`;
  return `${[of, ...parts].join("; ")}.`;
}
