import type { Check, CheckEvent, CheckResult, Health } from "../api/types";

const MEAN_TRIP = 'probe_icmp_rtt_seconds{stat="avg"}';

// Up, but somebody should look at it: why, or nothing.
export const warningOf = (result: CheckResult | null | undefined): string => (result?.status === "up" ? result.reason ?? "" : "");

// The same of a check, whose state is not that of its last result alone.
export const checkWarning = (check: Check): string => (check.enabled && check.status === "up" ? warningOf(check.last_result) : "");

export type CheckState = Health | "warn" | "paused";

export function stateOf(check: Check): CheckState {
  if (!check.enabled || check.status === "paused") return "paused";
  return checkWarning(check) ? "warn" : check.status;
}

// Why it is not simply up, as far as its last result says so.
export function checkReason(check: Check): string {
  const state = stateOf(check);
  if (state === "paused" || state === "up") return "";
  return state === "warn" || check.last_result?.status === state ? check.last_result?.reason ?? "" : "";
}

// What people ask of a result: of a ping the mean round trip, not how long all its packets took.
export function tookOf(result: CheckResult | null | undefined): number | null {
  const trip = result?.values?.[MEAN_TRIP];
  return typeof trip === "number" ? trip : result?.duration_seconds ?? null;
}

const sameRun = (left: CheckResult, right: CheckResult) =>
  left.scheduled_at === right.scheduled_at && (left.location === undefined || right.location === undefined || left.location === right.location);

// Newest first, with one more; the same run again takes its place.
export const withResult = (results: CheckResult[], result: CheckResult): CheckResult[] => [result, ...results.filter((one) => !sameRun(one, result))];

// All of both lists once, newest first; what the first one says of a run holds.
export function mergeResults(first: CheckResult[], second: CheckResult[]): CheckResult[] {
  const at = (one: CheckResult) => Date.parse(one.scheduled_at ?? one.started_at ?? "");
  return [...first, ...second.filter((one) => !first.some((other) => sameRun(other, one)))].sort((left, right) => at(right) - at(left));
}

// Of the newest result, with the reason that the list may not have.
export function reasonNow(check: Check, result: CheckResult): string {
  const last = check.last_result;
  return result.reason || (last?.status === result.status ? last.reason : "") || "";
}

export interface EventRun {
  latest: CheckEvent;
  first: CheckEvent;
  count: number;
}

// Newest first; failures that only repeat the one before become one entry with a count.
export function runsOf(events: CheckEvent[]): EventRun[] {
  const runs: EventRun[] = [];
  const changes = (event: CheckEvent) => Boolean(event.previous_status) && event.previous_status !== event.status;
  for (const event of events) {
    const run = runs[runs.length - 1];
    if (run && !changes(run.first) && !changes(event) && run.first.status === event.status && run.first.reason === event.reason) {
      run.first = event;
      run.count += 1;
    } else {
      runs.push({ latest: event, first: event, count: 1 });
    }
  }
  return runs;
}
