import type { Check, Page, Tally } from "../api/types";
import { stateOf } from "./result";

// How many are in which state, those that warn, are in maintenance or paused apart: as far as the list of checks has them all.

export interface States extends Tally {
  warn: number;
  maintenance: number;
  paused: number;
}

export function statesOf(tally: Tally, checks?: Page<Check>): States {
  if (!checks || checks.next_cursor) return { ...tally, warn: 0, maintenance: tally.maintenance ?? 0, paused: tally.paused ?? 0 };
  const states: States = { total: checks.items.length, up: 0, down: 0, unknown: 0, warn: 0, maintenance: 0, paused: 0 };
  for (const check of checks.items) states[stateOf(check) !== "paused" && check.maintenance ? "maintenance" : stateOf(check)] += 1;
  return states;
}
