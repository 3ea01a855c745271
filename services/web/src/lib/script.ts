import type { CheckResult } from "../api/types";
import { bytes, count, latency, percent } from "./format";
import type { Series } from "./series";

// What the result of a script says, and its numbers (performance data) told apart by unit.

export interface ScriptOutput {
  exitCode: number | null;
  text: string; // all lines
  performance: string; // as the script wrote it
}

export function scriptOutputOf(result: CheckResult | null | undefined): ScriptOutput | null {
  if (!result) return null;
  const code = result.values?.["probe_script_exit_code"];
  return {
    exitCode: typeof code === "number" ? code : null,
    text: result.detail?.output ?? result.reason ?? "",
    performance: result.detail?.performance_data ?? "",
  };
}

const EXITS: Record<number, string> = { 0: "OK", 1: "Warning", 2: "Critical", 3: "Unknown" };
export const exitWords = (code: number) => (EXITS[code] ? `${EXITS[code]} (exit status ${code})` : `Exit status ${code}`);

export function formatOf(unit: string): (value: number | null) => string {
  if (unit === "seconds") return latency;
  if (unit === "bytes") return bytes;
  if (unit === "ratio") return (value) => percent(value);
  if (unit === "" || unit === "total") return count;
  return (value) => (value === null ? count(value) : `${count(value)} ${unit}`);
}

// One group for each unit, so that each has an axis of its own.
export function byUnit(series: Iterable<Series>): [string, Series[]][] {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    if (one.name !== "probe_script_value") continue;
    const unit = one.labels["unit"] ?? "";
    groups.set(unit, [...(groups.get(unit) ?? []), one]);
  }
  const sorted = (group: Series[]) => group.sort((left, right) => ((left.labels["label"] ?? "") < (right.labels["label"] ?? "") ? -1 : 1));
  return [...groups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([unit, group]) => [unit, sorted(group)]);
}
