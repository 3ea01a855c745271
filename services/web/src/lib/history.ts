import { useMemo, useRef, useState } from "react";
import { api, type MetricQuery } from "../api/client";
import type { Sample, StreamEvent } from "../api/types";
import { useMetricStream } from "./live";
import { useResource } from "./resource";
import { append, gather, type Series } from "./series";
import { presetSeconds, stepFor, type TimeRange } from "./time_range";

// The series of one instance or check over a time range, going on live when the range does.

export interface History {
  series: Map<string, Series>;
  step: number;
  // What to say in the place of lines whose metrics, by how their names begin, are not all there yet.
  waiting: (...prefixes: string[]) => string | undefined;
}

export interface Wanted {
  metric_name: string;
  agg?: MetricQuery["agg"];
}

// The samples of each metric that has been answered.
export type Answers = ReadonlyMap<string, readonly Sample[]>;

// Tells of each answer as it comes: the slowest one holds up no other.
export async function readAll(
  wanted: readonly Wanted[], ask: (one: Wanted) => Promise<readonly Sample[]>, tell: (some: Answers) => void,
): Promise<Answers> {
  let found: Answers = new Map();
  const queue = [...wanted];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const answer = await ask(next);
      found = new Map([...found, [next.metric_name, answer]]);
      if (found.size < wanted.length) tell(found);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return found;
}

export function useHistory(server: string, wanted: readonly Wanted[], range: TimeRange, finest = 10): History {
  const seconds = range.live && range.preset ? presetSeconds(range.preset) : (range.toMs - range.fromMs) / 1000;
  const step = stepFor(seconds, finest);
  const names = useMemo(() => new Set(wanted.map((one) => one.metric_name)), [wanted]);
  const key = `metrics/${server}/${[...names].join(",")}/${range.live ? range.preset : `${range.fromMs}-${range.toMs}`}`;
  // A long live range is coarse: its newest bucket grows on the server, so it is read again.
  const read = useResource<Answers>(key, (tell) => {
    const until = range.live ? Date.now() : range.toMs;
    const from = new Date(Math.floor((until / 1000 - seconds) / step) * step * 1000).toISOString();
    const to = new Date(until).toISOString();
    const ask = async ({ metric_name, agg = "avg" }: Wanted) => (await api.metrics({ server_id: server, metric_name, from, to, step, agg })).items;
    return readAll(wanted, ask, tell);
  }, { freshSeconds: 10, everySeconds: range.live && step > 30 ? Math.min(300, step) : undefined });

  // Of one answer always: what is drawn belongs to the range that is asked for.
  const [drawn, setDrawn] = useState<{ of?: Answers; series: Map<string, Series> }>({ series: new Map() });
  const current = drawn.of === read.data ? drawn : { of: read.data, series: gather([...(read.data ?? new Map()).values()].flat()) };
  if (current !== drawn) setDrawn(current);
  const behind = useRef<Sample[]>([]);
  useMetricStream(range.live && step <= 30 ? { topics: "metrics", server_id: server } : null, (events: StreamEvent[]) => {
    for (const event of events) if (event.type === "metric" && names.has(event.metric_name)) behind.current.push(event);
    if (behind.current.length === 0 || !read.data || read.loading) return;
    const arrived = behind.current;
    behind.current = [];
    setDrawn((before) => ({ ...before, series: append(before.series, arrived, Date.now() / 1000 - seconds - step) }));
  });
  const waiting = (...prefixes: string[]) => {
    const missing = wanted.some(({ metric_name: name }) => !read.data?.has(name) && prefixes.some((prefix) => name.startsWith(prefix)));
    return missing ? read.problem?.message ?? "Loading …" : undefined;
  };
  return { series: current.series, step, waiting };
}
