import type { SeriesInfo } from "../api/types";
import { bytes, count, latency, percent } from "./format";
import { HOST_METRICS, type Line } from "./host_charts";
import type { Series } from "./series";

// Metrics of any name, as scripts push them: what there is, and how to draw it without knowing it.

const HOST_NAMES = new Set(HOST_METRICS.map((one) => one.metric_name));

export const hasHostMetrics = (all: readonly SeriesInfo[]) => all.some((one) => HOST_NAMES.has(one.metric_name));

// The names that no chart of its own shows, in order.
export function otherNames(all: readonly SeriesInfo[]): string[] {
  const names = new Set(all.filter((one) => one.metric_type !== "process").map((one) => one.metric_name));
  return [...names].filter((name) => !HOST_NAMES.has(name)).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

export function formatOfName(name: string): (value: number | null) => string {
  const base = name.replace(/_total$/, "");
  if (base.endsWith("_bytes")) return bytes;
  if (base.endsWith("_seconds")) return latency;
  if (base.endsWith("_ratio")) return (value) => percent(value);
  return count;
}

export function linesOf(all: Map<string, Series>, name: string): Line[] {
  return [...all.values()].filter((series) => series.name === name)
    .map((series) => ({ name: Object.entries(series.labels).map(([label, value]) => `${label}=${value}`).join(", ") || "value", series }))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

// How far apart the samples usually are: scripts send when they like, and that leaves no holes.
export function paceOf(lines: readonly Line[], step: number): number {
  const gaps = lines.flatMap(({ series }) => series.times.slice(1).map((time, index) => time - (series.times[index] as number)));
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? step;
  return Math.max(step, middle);
}
