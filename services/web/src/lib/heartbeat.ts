import type { Check, CheckEvent } from "../api/types";
import { span } from "./format";

// When a job was heard of, and until when it has to call again.

export interface Heartbeat {
  expected: string;
  graceSeconds: number;
  lastCall: string | null;
  lastKind: string; // success, start, fail, log
  dueBy: string | null;
  said: string; // what came with the last call
}

export function heartbeatOf(check: Check, events: CheckEvent[] = []): Heartbeat | null {
  const settings = check.settings["heartbeat"];
  if (!settings) return null;
  const details = [check.last_result?.detail, ...events.map((event) => event.detail)];
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const called = details.find((detail) => text(detail?.["ping_at"]));
  const cron = text(settings["cron"]);
  return {
    expected: cron ? `${cron} (${text(settings["time_zone"]) || "UTC"})` : `every ${span(settings["period_seconds"] as number)}`,
    graceSeconds: settings["grace_seconds"] as number,
    lastCall: text(called?.["ping_at"]) || null, lastKind: text(called?.["ping"]), said: text(called?.["body"]),
    dueBy: check.status === "up" ? text(check.last_result?.detail?.["expected_by"]) || null : null,
  };
}

const CALL = "curl -fsS -m 10 --retry 5 -o /dev/null";

// How a job calls, from the usual to the rare.
export const callsOf = (address: string): [string, string][] => [
  ["When it has ended, with its exit status; all but 0 is a failure", `the-job; ${CALL} ${address}/$?`],
  ["Only when it has ended well", `the-job && ${CALL} ${address}`],
  ["When it begins; it then has to end within the grace time", `${CALL} ${address}/start`],
  ["When it failed, with what it says about it", `${CALL} --data-binary @job.log ${address}/fail`],
  ["To leave a note that changes nothing", `${CALL} --data-binary @job.log ${address}/log`],
];
