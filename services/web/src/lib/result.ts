import type { Check, CheckEvent, CheckResult } from "../api/types";

const MEAN_TRIP = 'probe_icmp_rtt_seconds{stat="avg"}';

// Up, but somebody should look at it: why, or nothing.
export const warningOf = (result: CheckResult | null | undefined): string => (result?.status === "up" ? result.reason ?? "" : "");

// The same of a check, whose state is not that of its last result alone.
export const checkWarning = (check: Check): string => (check.enabled && check.status === "up" ? warningOf(check.last_result) : "");

// What people ask of a result: of a ping the mean round trip, not how long all its packets took.
export function tookOf(result: CheckResult | null | undefined): number | null {
  const trip = result?.values?.[MEAN_TRIP];
  return typeof trip === "number" ? trip : result?.duration_seconds ?? null;
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
