import { api } from "../api/client";
import type { Element } from "../api/types";
import { availability, plural } from "./format";
import { useResource } from "./resource";
import { presetSeconds, type TimeRange } from "./time_range";

// How many of the results of a time were up: each result counts once, whatever the buckets of a chart are.

export interface Uptime {
  up: number;
  results: number;
}

export const sumOf = (elements: Element[]): number => elements.reduce((sum, one) => sum + Number(one.value[1]), 0);

export function uptimeQueries(check: string, seconds: number): [string, string] {
  const samples = `probe_success{check_id="${check}"}[${Math.max(1, Math.ceil(seconds))}s]`;
  return [`sum(sum_over_time(${samples}))`, `sum(count_over_time(${samples}))`];
}

export function uptimeWords(uptime: Uptime | undefined): string {
  if (!uptime || uptime.results === 0) return "";
  return `Up in ${availability(uptime.up / uptime.results)} of ${plural(uptime.results, "result")}`;
}

export function useUptime(check: string, range: TimeRange): Uptime | undefined {
  const seconds = range.live && range.preset ? presetSeconds(range.preset) : (range.toMs - range.fromMs) / 1000;
  const key = `uptime/${check}/${range.live ? range.preset : `${range.fromMs}-${range.toMs}`}`;
  return useResource<Uptime>(key, async () => {
    const time = (range.live ? Date.now() : range.toMs) / 1000;
    const [up, results] = await Promise.all(uptimeQueries(check, seconds).map((query) => api.query(query, time).then(sumOf)));
    return { up: up ?? 0, results: results ?? 0 };
  }, { freshSeconds: 10, everySeconds: range.live ? 30 : undefined }).data;
}
