import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useRef, useState } from "react";
import { LiveConnection, missedSome, type Filter, type Link } from "../api/stream";
import type { Check, CheckResult, Page, StreamEvent } from "../api/types";
import { amend, invalidate } from "./resource";
import { withResult } from "./result";

// The connection that every page shares: checks and alerts. Pages that draw metrics open a second
// one with their own filter.

interface Live {
  link: Link;
  retry: () => void;
  on: (listener: (events: StreamEvent[]) => void) => () => void;
}

const LiveContext = createContext<Live>({
  link: { state: "connecting" },
  retry: () => undefined,
  on: () => () => undefined,
});

export function useLive(): Live {
  return useContext(LiveContext);
}

const BEHIND_LIVE = ["overview", "checks", "check/", "alerts", "incidents", "incident/", "instances", "instance/", "strip/", "results/", "latest/", "metrics/", "uptime/"];

// The event as the result that the server will list.
export function resultOf(event: Extract<StreamEvent, { type: "check" }>): CheckResult {
  return {
    status: event.result_status ?? event.status, warning: event.result_warning, duration_seconds: event.duration_seconds, reason: event.reason,
    phases: event.phases, values: event.values,
    scheduled_at: event.scheduled_at ?? event.timestamp, started_at: event.timestamp,
  };
}

// Shows a check's new state in whatever lists are on screen, before they are read again.
function showResult(event: Extract<StreamEvent, { type: "check" }>): void {
  const result = resultOf(event);
  const update = (check: Check): Check =>
    check.id !== event.check_id || !check.enabled ? check : {
      ...check,
      status: event.status,
      flapping: event.flapping ?? check.flapping,
      warning: event.warning ?? check.warning,
      status_since: event.status === check.status ? check.status_since : event.timestamp,
      last_result: { ...check.last_result, ...result },
    };
  amend<Page<Check>>("checks", (page) => ({ ...page, items: page.items.map(update) }));
  amend<Check>(`check/${event.check_id}`, update);
  amend<CheckResult[]>(`strip/${event.check_id}`, (results) => withResult(results, result).slice(0, 120));
  amend<Page<CheckResult>>(`results/${event.check_id}`, (page) => ({ ...page, items: withResult(page.items, result) }));
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const [link, setLink] = useState<Link>({ state: "connecting" });
  const connection = useRef<LiveConnection | null>(null);
  const listeners = useRef(new Set<(events: StreamEvent[]) => void>());

  useEffect(() => {
    let wasLive = false;
    let refreshSoon: ReturnType<typeof setTimeout> | undefined;
    const receive = (events: StreamEvent[]) => {
      for (const event of events) if (event.type === "check") showResult(event);
      if (missedSome(events)) invalidate(...BEHIND_LIVE);
      const changed = events.some((event) => event.type === "alert" || event.type === "incident" ||
        (event.type === "check" && event.previous_status !== undefined && event.previous_status !== event.status));
      if (changed && !refreshSoon) {
        refreshSoon = setTimeout(() => {
          refreshSoon = undefined;
          invalidate("overview", "alerts", "incidents", "incident/", "instances", "checks");
        }, 400);
      }
      for (const listener of listeners.current) listener(events);
    };
    connection.current = new LiveConnection({ topics: "checks,alerts" }, receive, (next) => {
      setLink(next);
      if (next.state !== "live") return;
      // What was missed while away is read again.
      if (wasLive) invalidate(...BEHIND_LIVE);
      wasLive = true;
    });
    return () => {
      clearTimeout(refreshSoon);
      connection.current?.close();
    };
  }, []);

  const live: Live = {
    link,
    retry: () => connection.current?.retryNow(),
    on: (listener) => {
      listeners.current.add(listener);
      return () => listeners.current.delete(listener);
    },
  };
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

// A second connection for as long as a page needs it; a null filter opens none.
export function useMetricStream(filter: Filter | null, receive: (events: StreamEvent[]) => void): void {
  const handler = useRef(receive);
  handler.current = receive;
  const key = filter && JSON.stringify(filter);
  useEffect(() => {
    if (!key) return;
    const connection = new LiveConnection(JSON.parse(key) as Filter, (events) => {
      if (missedSome(events)) invalidate("latest/", "metrics/");
      handler.current(events);
    });
    return () => connection.close();
  }, [key]);
}
