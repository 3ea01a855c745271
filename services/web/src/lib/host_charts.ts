import { last, rate, type Series } from "./series";
import type { Wanted } from "./history";

// Which series of a host become which lines.

export interface Line {
  name: string;
  series: Series;
}

const byName = (left: string, right: string) => left.localeCompare(right, "en", { numeric: true });

export const HOST_METRICS: Wanted[] = [
  { metric_name: "node_cpu_usage_ratio" },
  { metric_name: "node_load1" },
  { metric_name: "node_load5" },
  { metric_name: "node_load15" },
  { metric_name: "node_memory_MemTotal_bytes" },
  { metric_name: "node_memory_MemAvailable_bytes" },
  { metric_name: "node_memory_SwapTotal_bytes" },
  { metric_name: "node_memory_SwapFree_bytes" },
  { metric_name: "node_filesystem_size_bytes" },
  { metric_name: "node_filesystem_avail_bytes" },
  { metric_name: "node_filesystem_free_bytes" },
  // The highest value of a bucket is a counter's last one.
  { metric_name: "node_disk_read_bytes_total", agg: "max" },
  { metric_name: "node_disk_written_bytes_total", agg: "max" },
  { metric_name: "node_disk_reads_completed_total", agg: "max" },
  { metric_name: "node_disk_writes_completed_total", agg: "max" },
  { metric_name: "node_network_receive_bytes_total", agg: "max" },
  { metric_name: "node_network_transmit_bytes_total", agg: "max" },
];

export function named(all: Map<string, Series>, name: string): Series[] {
  return [...all.values()].filter((series) => series.name === name);
}

export function coreOf(series: Series): string {
  return series.labels["core"] ?? series.labels["cpu"] ?? "total";
}

export function cpuTotal(all: Map<string, Series>): Line[] {
  return named(all, "node_cpu_usage_ratio").filter((series) => coreOf(series) === "total").map((series) => ({ name: "CPU", series }));
}

export function cpuCores(all: Map<string, Series>): Line[] {
  return named(all, "node_cpu_usage_ratio")
    .filter((series) => coreOf(series) !== "total")
    .map((series) => ({ name: `Core ${coreOf(series)}`, series }))
    .sort((a, b) => byName(a.name, b.name));
}

export function loads(all: Map<string, Series>): Line[] {
  return ["1", "5", "15"].flatMap((minutes) => named(all, `node_load${minutes}`).map((series) => ({ name: `${minutes} min`, series })));
}

// Joins two series by their nearest equal times.
export function combine(left: Series | undefined, right: Series | undefined, of: (left: number, right: number) => number): Series | null {
  if (!left || !right) return null;
  const values = new Map(right.times.map((time, index) => [time, right.values[index]]));
  return {
    ...left,
    values: left.values.map((value, index) => {
      const other = values.get(left.times[index] as number);
      return value === null || other === null || other === undefined ? null : of(value, other);
    }),
  };
}

export function memory(all: Map<string, Series>): Line[] {
  const one = (name: string) => named(all, name)[0];
  const used = combine(one("node_memory_MemTotal_bytes"), one("node_memory_MemAvailable_bytes"), (total, free) => total - free);
  const swap = combine(one("node_memory_SwapTotal_bytes"), one("node_memory_SwapFree_bytes"), (total, free) => total - free);
  const lines = used ? [{ name: "Memory used", series: used }] : [];
  if (swap && (last(one("node_memory_SwapTotal_bytes")) ?? 0) > 0) lines.push({ name: "Swap used", series: swap });
  return lines;
}

// As df counts: of what ordinary users can have, how much is used; what is reserved for root is
// neither. Agents of before sent no free bytes: then it counts as used.
export function usedShare(size: number, avail: number, free: number | null): number {
  const used = size - (free ?? avail);
  return used + avail > 0 ? used / (used + avail) : 0;
}

export function fileSystems(all: Map<string, Series>): Line[] {
  const like = (name: string, size: Series) => named(all, name).find((series) =>
    series.labels["mountpoint"] === size.labels["mountpoint"] && series.labels["device"] === size.labels["device"]);
  return named(all, "node_filesystem_size_bytes").flatMap((size) => {
    const avail = like("node_filesystem_avail_bytes", size);
    const used = combine(size, like("node_filesystem_free_bytes", size) ?? avail, (total, free) => total - free);
    const share = combine(used ?? undefined, avail, (taken, left) => usedShare(taken + left, left, null));
    return share ? [{ name: size.labels["mountpoint"] ?? "", series: share }] : [];
  }).sort((a, b) => byName(a.name, b.name));
}

// Two counters per device as two lines each, busy devices only when there are many.
export function pairRates(all: Map<string, Series>, first: [string, string], second: [string, string], step: number, most = 4): Line[] {
  const gap = step * 5;
  const left = named(all, first[0]).map((series) => rate(series, gap));
  const right = named(all, second[0]).map((series) => rate(series, gap));
  const total = (series: Series) => series.values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const devices = [...new Set([...left, ...right].map((series) => series.labels["device"] ?? ""))];
  const weight = (device: string) => [...left, ...right].filter((series) => series.labels["device"] === device).reduce((sum, series) => sum + total(series), 0);
  // What is idle all the time is left out, unless everything is.
  const busy = devices.filter((device) => weight(device) > 0);
  const chosen = (busy.length > 0 ? busy : devices).sort((a, b) => weight(b) - weight(a)).slice(0, most);
  return chosen.sort(byName).flatMap((device) => {
    const prefix = chosen.length > 1 ? `${device} ` : "";
    return [[left, first[1]] as const, [right, second[1]] as const].flatMap(([from, word]) =>
      from.filter((series) => (series.labels["device"] ?? "") === device).map((series) => ({ name: prefix ? prefix + word.toLowerCase() : word, series })));
  });
}
