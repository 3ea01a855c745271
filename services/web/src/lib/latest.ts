import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import type { Sample, StreamEvent } from "../api/types";
import { usedShare } from "./host_charts";
import { useMetricStream } from "./live";
import { invalidate, useResource } from "./resource";
import { append, gather, last, type Series } from "./series";

// What an instance is doing right now, in the few figures that lists show.

export interface Vitals {
  cpu: number | null;
  cpuHistory: (number | null)[];
  memory: number | null;
  disk: number | null;
  load: number | null;
  at: number | null;
}

export const NO_VITALS: Vitals = { cpu: null, cpuHistory: [], memory: null, disk: null, load: null, at: null };
export const SPARK_SECONDS = 600;

const NAMES = new Set(["node_cpu_usage_ratio", "node_load1", "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes", "node_filesystem_size_bytes", "node_filesystem_avail_bytes", "node_filesystem_free_bytes"]);

function find(series: Map<string, Series>, name: string): Series | undefined {
  for (const one of series.values()) if (one.name === name) return one;
  return undefined;
}

export function totalCpu(series: Map<string, Series>): Series | undefined {
  for (const one of series.values()) {
    if (one.name === "node_cpu_usage_ratio" && (one.labels["core"] ?? one.labels["cpu"] ?? "total") === "total") return one;
  }
  return undefined;
}

// The fullest file system counts: that one will hurt first.
export function fullestDisk(series: Map<string, Series>): number | null {
  const byMount = (name: string) => new Map([...series.values()].filter((one) => one.name === name)
    .map((one) => [one.labels["mountpoint"] ?? "", last(one)]));
  const avail = byMount("node_filesystem_avail_bytes");
  const free = byMount("node_filesystem_free_bytes");
  let worst: number | null = null;
  for (const [mount, size] of byMount("node_filesystem_size_bytes")) {
    const left = avail.get(mount);
    if (!size || left === undefined || left === null) continue;
    worst = Math.max(worst ?? 0, usedShare(size, left, free.get(mount) ?? null));
  }
  return worst;
}

export function vitalsOf(series: Map<string, Series>): Vitals {
  const cpu = totalCpu(series);
  const total = last(find(series, "node_memory_MemTotal_bytes"));
  const available = last(find(series, "node_memory_MemAvailable_bytes"));
  return {
    cpu: last(cpu),
    cpuHistory: cpu?.values.slice(-60) ?? [],
    memory: total && available !== null ? 1 - available / total : null,
    disk: fullestDisk(series),
    load: last(find(series, "node_load1")),
    at: cpu ? (cpu.times[cpu.times.length - 1] ?? null) : null,
  };
}

async function readRecent(id: string): Promise<Sample[]> {
  const from = new Date(Date.now() - SPARK_SECONDS * 1000).toISOString();
  const recent = new Date(Date.now() - 120_000).toISOString();
  const read = (metric_name: string, since: string) =>
    api.metrics({ server_id: id, metric_name, from: since, limit: 1000 }).then((page) => page.items);
  const parts = await Promise.all([...NAMES].map((name) => read(name, name === "node_cpu_usage_ratio" ? from : recent)));
  return parts.flat();
}

// Few readers at a time, so that a long list does not flood the server.
let running = 0;
const waiting: (() => void)[] = [];
export async function inLine<T>(work: () => Promise<T>): Promise<T> {
  if (running >= 3) await new Promise<void>((go) => waiting.push(go));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

type Listener = (samples: Sample[]) => void;
const listeners = new Map<string, Set<Listener>>();

// One stream for all instances on screen; each row hears of its own.
export function useVitalsStream(on: boolean): void {
  useMetricStream(on ? { topics: "metrics" } : null, (events: StreamEvent[]) => {
    const byInstance = new Map<string, Sample[]>();
    for (const event of events) {
      if (event.type !== "metric" || !NAMES.has(event.metric_name) || !listeners.has(event.server_id)) continue;
      byInstance.set(event.server_id, [...(byInstance.get(event.server_id) ?? []), event]);
    }
    for (const [id, samples] of byInstance) for (const hear of listeners.get(id) ?? []) hear(samples);
  });
}

export function useVitals(id: string, everySeconds?: number): Vitals {
  const recent = useResource(`latest/${id}`, () => inLine(() => readRecent(id)), { freshSeconds: 30, everySeconds });
  const [vitals, setVitals] = useState(NO_VITALS);
  const series = useRef(new Map<string, Series>());
  useEffect(() => {
    if (!recent.data) return;
    series.current = gather(recent.data);
    setVitals(vitalsOf(series.current));
  }, [recent.data]);
  useEffect(() => {
    const hear: Listener = (samples) => {
      series.current = append(series.current, samples, Date.now() / 1000 - SPARK_SECONDS);
      setVitals(vitalsOf(series.current));
    };
    const mine = listeners.get(id) ?? new Set();
    mine.add(hear);
    listeners.set(id, mine);
    return () => {
      mine.delete(hear);
      if (mine.size === 0) listeners.delete(id);
    };
  }, [id]);
  return vitals;
}

export function refreshVitals(): void {
  invalidate("latest/");
}
