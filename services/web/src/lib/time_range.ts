// The time range of a page, kept in its address: ?range=6h or ?from=…&to=…

export interface TimeRange {
  // A range that ends now and moves on, or a fixed one.
  live: boolean;
  preset?: Preset;
  fromMs: number;
  toMs: number;
}

export const PRESETS = ["15m", "1h", "6h", "24h", "7d"] as const;
export type Preset = (typeof PRESETS)[number];

const SECONDS: Record<Preset, number> = {
  "15m": 900,
  "1h": 3600,
  "6h": 21_600,
  "24h": 86_400,
  "7d": 604_800,
};

export const PRESET_NAMES: Record<Preset, string> = {
  "15m": "15 m",
  "1h": "1 h",
  "6h": "6 h",
  "24h": "24 h",
  "7d": "7 d",
};

export function presetSeconds(preset: Preset): number {
  return SECONDS[preset];
}

export function readRange(query: URLSearchParams, fallback: Preset, now = Date.now()): TimeRange {
  const fromMs = Date.parse(query.get("from") ?? "");
  const toMs = Date.parse(query.get("to") ?? "");
  if (Number.isFinite(fromMs) && Number.isFinite(toMs) && toMs > fromMs) {
    return { live: false, fromMs, toMs };
  }
  const asked = query.get("range") as Preset | null;
  const preset = asked && PRESETS.includes(asked) ? asked : fallback;
  return { live: true, preset, fromMs: now - SECONDS[preset] * 1000, toMs: now };
}

// What there is to see of something that began then; six hours are enough to begin with.
export function presetFor(beganMs: number, now = Date.now()): Preset {
  return PRESETS.find((preset) => SECONDS[preset] * 1000 >= now - beganMs && SECONDS[preset] <= SECONDS["6h"]) ?? "6h";
}

const STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

// About 200 points across a chart, never finer than the data arrives.
export function stepFor(seconds: number, finest = 10): number {
  const wanted = Math.max(finest, seconds / 200);
  return STEPS.find((step) => step >= wanted) ?? 86_400;
}

// A local time for <input type="datetime-local">, and back.
export function toLocalInput(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function fromLocalInput(text: string): number {
  return new Date(text).getTime();
}
