import type { Check, CheckEvent, CheckResult, Health } from "../api/types";

const MEAN_TRIP = 'probe_icmp_rtt_seconds{stat="avg"}';

// Up, but somebody should look at it: why, or nothing.
export const warningOf = (result: CheckResult | null | undefined): string => (result?.status === "up" && result.warning ? result.reason || "warning" : "");

// The same of a check, whose state is not that of its last result alone.
export const checkWarning = (check: Check): string => (check.enabled && check.status === "up" && check.warning ? warningOf(check.last_result) || "It warned lately" : "");

export type CheckState = Health | "warn" | "paused";

export function stateOf(check: Check): CheckState {
  if (!check.enabled || check.status === "paused") return "paused";
  return checkWarning(check) ? "warn" : check.status;
}

// Since when it is what it is; the state of one that is paused may still be that of before.
export const sinceOf = (check: Check): string | null | undefined => (check.enabled || check.status === "paused" ? check.status_since : check.updated_at);

// Why it is not simply up, as far as its last result says so.
export function checkReason(check: Check): string {
  const state = stateOf(check);
  if (state === "paused" || state === "up") return "";
  return state === "warn" || check.last_result?.status === state ? check.last_result?.reason ?? "" : "";
}

// What people ask of a result: of a ping the mean round trip, not how long all its packets took.
export function tookOf(result: CheckResult | null | undefined): number | null {
  const trip = result?.values?.[MEAN_TRIP];
  return typeof trip === "number" ? trip : result?.duration_seconds || null; // what nobody ran took nothing
}

// What comes live does not say where it was run.
const samePlace = (left: CheckResult, right: CheckResult) => left.location === undefined || right.location === undefined || left.location === right.location;
const sameRun = (left: CheckResult, right: CheckResult) => left.scheduled_at === right.scheduled_at && samePlace(left, right);

// Newest first, with one more; the same run again takes its place.
export const withResult = (results: CheckResult[], result: CheckResult): CheckResult[] => [result, ...results.filter((one) => !sameRun(one, result))];

// All of both lists once, newest first; what the first one says of a run holds.
export function mergeResults(first: CheckResult[], second: CheckResult[]): CheckResult[] {
  const at = (one: CheckResult) => Date.parse(one.scheduled_at ?? one.started_at ?? "");
  return [...first, ...second.filter((one) => !first.some((other) => sameRun(other, one)))].sort((left, right) => at(right) - at(left));
}

// Where the time before a result, given newest first, was much longer than usual at its location: of each, how many seconds; 0: it was not.
export function gapsOf(results: CheckResult[]): number[] {
  const at = results.map((one) => Date.parse(one.scheduled_at ?? one.started_at ?? "") / 1000);
  const before = results.map((one, index) => {
    const earlier = results.findIndex((other, place) => place > index && samePlace(other, one));
    return earlier < 0 ? 0 : (at[index] as number) - (at[earlier] as number);
  });
  const known = before.filter((gap) => gap > 0).sort((left, right) => left - right);
  const usual = known[Math.floor(known.length / 2)] ?? 0;
  return before.map((gap) => (known.length >= 4 && gap > usual * 3 ? gap : 0));
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

const changed = (event: CheckEvent) => Boolean(event.flapping) || (Boolean(event.previous_status) && event.previous_status !== event.status);
const warns = (event: CheckEvent) => event.detail?.["outcome"] === "warning";
// A run that failed and did not decide the state, yet or any more.
const unconfirmed = (event: CheckEvent) => !changed(event) && !warns(event) && event.status !== "down" && Boolean(event.reason);

// Newest first; failures that only repeat the one before become one entry with a count.
export function runsOf(events: CheckEvent[]): EventRun[] {
  const runs: EventRun[] = [];
  for (const event of events) {
    const run = runs[runs.length - 1];
    if (run && !changed(run.first) && !changed(event) && run.first.status === event.status && run.first.reason === event.reason && run.first.location === event.location) {
      run.first = event;
      run.count += 1;
    } else {
      runs.push({ latest: event, first: event, count: 1 });
    }
  }
  return runs;
}

export const repeats = ({ latest, count }: EventRun): string => (count > 1 && !unconfirmed(latest) ? `${count} times` : "");

export function runTone({ latest }: EventRun): "up" | "down" | "warn" | "unknown" {
  if (latest.flapping === "began") return "warn";
  return warns(latest) || unconfirmed(latest) ? "warn" : latest.status;
}

// `failures`: so many in a row make the check down. Those of a run need not be in a row: what was up between them is no event.
export function eventWords({ latest, count }: EventRun, failures: number): string {
  if (latest.flapping) return latest.flapping === "began" ? "flapping: it goes up and down too often" : `flapping is over: ${latest.status}`;
  if (changed(latest)) return `${latest.previous_status} → ${latest.status}`;
  if (warns(latest)) return "warning";
  if (unconfirmed(latest)) return `failed ${count === 1 ? "once" : `${count} times`}${failures > 1 ? `, down after ${failures} in a row` : ""}`;
  if (latest.status === "up") return latest.warning === "ended" || latest.reason === "" ? "warning is over" : "up";
  return latest.status === "down" ? "still down" : latest.status;
}
