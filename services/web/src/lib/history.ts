import { useEffect, useMemo, useRef, useState } from "react";
import { api, type MetricQuery } from "../api/client";
import type { Sample, StreamEvent } from "../api/types";
import { useMetricStream } from "./live";
import { useResource, type Resource } from "./resource";
import { append, gather, type Series } from "./series";
import { presetSeconds, stepFor, type TimeRange } from "./time_range";

// The series of one instance or check over a time range, going on live when the range does.

export interface History {
  series: Map<string, Series>;
  step: number;
  read: Resource<Sample[]>;
}

export interface Wanted {
  metric_name: string;
  agg?: MetricQuery["agg"];
}

async function readAll(server: string, wanted: readonly Wanted[], range: { from: number; to: number }, step: number): Promise<Sample[]> {
  const from = new Date(Math.floor(range.from / 1000 / step) * step * 1000).toISOString();
  const to = new Date(range.to).toISOString();
  const parts: Sample[][] = [];
  const queue = [...wanted];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { metric_name, agg = "avg" } = next;
      parts.push((await api.metrics({ server_id: server, metric_name, from, to, step, agg })).items);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return parts.flat();
}

export function useHistory(server: string, wanted: readonly Wanted[], range: TimeRange, finest = 10): History {
  const seconds = range.live && range.preset ? presetSeconds(range.preset) : (range.toMs - range.fromMs) / 1000;
  const step = stepFor(seconds, finest);
  const names = useMemo(() => new Set(wanted.map((one) => one.metric_name)), [wanted]);
  const key = `metrics/${server}/${[...names].join(",")}/${range.live ? range.preset : `${range.fromMs}-${range.toMs}`}`;
  // A long live range is coarse: its newest bucket grows on the server, so it is read again.
  const read = useResource(key, () => {
    const to = range.live ? Date.now() : range.toMs;
    return readAll(server, wanted, { from: to - seconds * 1000, to }, step);
  }, { freshSeconds: 10, everySeconds: range.live && step > 30 ? Math.min(300, step) : undefined });

  const [series, setSeries] = useState<Map<string, Series>>(new Map());
  const behind = useRef<Sample[]>([]);
  useEffect(() => {
    if (read.data) setSeries(gather(read.data));
    else setSeries(new Map());
  }, [read.data]);
  useMetricStream(range.live && step <= 30 ? { topics: "metrics", server_id: server } : null, (events: StreamEvent[]) => {
    for (const event of events) if (event.type === "metric" && names.has(event.metric_name)) behind.current.push(event);
    if (behind.current.length === 0 || !read.data) return;
    const arrived = behind.current;
    behind.current = [];
    setSeries((before) => append(before, arrived, Date.now() / 1000 - seconds - step));
  });
  return { series, step, read };
}
