import type { Labels, MetricValue, Sample } from "../api/types";

// Series as charts and tables want them: one array of times and values per series.

export interface Series {
  name: string;
  labels: Labels;
  times: number[]; // seconds
  values: (number | null)[];
}

export function numberOf(value: MetricValue | undefined): number | null {
  if (typeof value === "number") return value;
  if (value === "+Inf") return Number.POSITIVE_INFINITY;
  if (value === "-Inf") return Number.NEGATIVE_INFINITY;
  return null;
}

export function seriesKey(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${value}`).join(",")}}`;
}

// Groups samples into series, times ascending whatever the order they came in.
export function gather(samples: readonly Sample[]): Map<string, Series> {
  const found = new Map<string, Series>();
  for (const sample of samples) {
    const key = seriesKey(sample.metric_name, sample.labels);
    let series = found.get(key);
    if (!series) {
      series = { name: sample.metric_name, labels: sample.labels, times: [], values: [] };
      found.set(key, series);
    }
    series.times.push(Date.parse(sample.timestamp) / 1000);
    series.values.push(numberOf(sample.value));
  }
  for (const series of found.values()) sortByTime(series);
  return found;
}

function sortByTime(series: Series): void {
  const sorted = series.times.every((time, index) => index === 0 || (series.times[index - 1] as number) <= time);
  if (sorted) return;
  const order = series.times.map((_, index) => index).sort((a, b) => (series.times[a] as number) - (series.times[b] as number));
  series.times = order.map((index) => series.times[index] as number);
  series.values = order.map((index) => series.values[index] ?? null);
}

// A counter's growth per second. A fall means that it began anew at zero: what it shows then has
// grown since. A gap stays a gap.
export function rate(series: Series, longestGapSeconds = Number.POSITIVE_INFINITY): Series {
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (let index = 1; index < series.times.length; index += 1) {
    const before = series.values[index - 1];
    const now = series.values[index];
    const seconds = (series.times[index] as number) - (series.times[index - 1] as number);
    if (seconds <= 0) continue;
    times.push(series.times[index] as number);
    if (before === null || before === undefined || now === null || now === undefined || seconds > longestGapSeconds) {
      values.push(null);
    } else {
      values.push((now >= before ? now - before : now) / seconds);
    }
  }
  return { ...series, times, values };
}

// Joins series on one time axis, as uPlot wants them; times within half a step fall together.
export function align(all: readonly Series[], stepSeconds: number): { times: number[]; columns: (number | null)[][] } {
  const slotOf = (time: number) => Math.round(time / stepSeconds);
  const slots = new Set<number>();
  for (const series of all) for (const time of series.times) slots.add(slotOf(time));
  const ordered = withGaps([...slots].sort((a, b) => a - b));
  const place = new Map(ordered.map((slot, index) => [slot, index]));
  const columns = all.map((series) => {
    const column = new Array<number | null>(ordered.length).fill(null);
    series.times.forEach((time, index) => {
      column[place.get(slotOf(time)) as number] = series.values[index] ?? null;
    });
    return column;
  });
  return { times: ordered.map((slot) => slot * stepSeconds), columns };
}

// An empty slot inside each hole, so that a line breaks where nothing was measured. One missing
// point is no hole: agents and clocks jitter.
function withGaps(slots: number[]): number[] {
  const whole: number[] = [];
  for (const slot of slots) {
    const last = whole[whole.length - 1];
    if (last !== undefined && slot - last > 3) whole.push(last + 1);
    whole.push(slot);
  }
  return whole;
}

export function last(series: Series | undefined): number | null {
  if (!series) return null;
  for (let index = series.values.length - 1; index >= 0; index -= 1) {
    const value = series.values[index];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

// Adds newly arrived samples to series that are on screen and drops what has left the range.
export function append(series: Map<string, Series>, samples: readonly Sample[], oldestSeconds: number): Map<string, Series> {
  const next = new Map(series);
  const copied = new Set<string>();
  for (const sample of samples) {
    const key = seriesKey(sample.metric_name, sample.labels);
    const time = Date.parse(sample.timestamp) / 1000;
    let one = next.get(key);
    if (!one) one = { name: sample.metric_name, labels: sample.labels, times: [], values: [] };
    if (!copied.has(key)) {
      const from = Math.max(0, one.times.findIndex((at) => at >= oldestSeconds));
      one = { ...one, times: one.times.slice(from), values: one.values.slice(from) };
      next.set(key, one);
      copied.add(key);
    }
    const newest = one.times[one.times.length - 1];
    if (newest !== undefined && time <= newest) continue;
    one.times.push(time);
    one.values.push(numberOf(sample.value));
  }
  return next;
}
