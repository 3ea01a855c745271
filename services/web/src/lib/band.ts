// What is usual for a series, as lines of a chart.

import type { Band, BandPoint } from "../api/alerting_types";
import type { Labels } from "../api/types";
import { seriesKey, type Series } from "./series";

export interface BandLines {
  name: string;
  lines: { name: string; series: Series }[]; // the value, what is usual, to where and from where
  unusual: number; // points
  learnt: boolean;
}

const LINES: [string, keyof Pick<BandPoint, "value" | "middle" | "upper" | "lower">][] = [["Value", "value"], ["Usual", "middle"], ["To", "upper"], ["From", "lower"]];
export const BAND: [number, number] = [2, 3]; // upper and lower of the lines

export function bandLines({ labels, season, points }: Band): BandLines {
  const times = points.map((point) => Date.parse(point.at) / 1000);
  const lines = LINES.map(([name, member]) => ({ name, series: { name: "", labels, times, values: points.map((point) => point[member] ?? null) } }));
  return { name: seriesKey("", labels).slice(1, -1), lines, unusual: points.filter((point) => point.unusual).length, learnt: season !== null };
}

// The series that alerts with these labels are about.
export const bandsOf = (bands: Band[], labels: Labels) => bands.filter((band) => Object.entries(band.labels).every(([name, value]) => labels[name] === value));
