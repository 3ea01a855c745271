import { useMemo } from "react";
import type { Check } from "../api/types";
import { latency } from "../lib/format";
import { useHistory } from "../lib/history";
import { useLocation } from "../lib/router";
import { last, type Series } from "../lib/series";
import { presetFor, readRange } from "../lib/time_range";
import { uptimeWords, useUptime } from "../lib/uptime";
import { Chart, type Line } from "./chart";
import { SlotLine } from "./check_extras";
import { PHASES } from "./gauges";
import { RangePicker, useMovingRange } from "./range_picker";
import { ScriptNumbers } from "./script_output";

// How long the runs of a check took, and how many of them were up.

const TRIPS: [string, string][] = [["avg", "Mean"], ["min", "Shortest"], ["max", "Longest"]];
const CHECK_METRICS = [
  { metric_name: "probe_phase_seconds" }, { metric_name: "probe_duration_seconds" }, { metric_name: "probe_icmp_rtt_seconds" },
];
const SCRIPT_METRICS = [{ metric_name: "probe_duration_seconds" }, { metric_name: "probe_script_value" }];

function phaseLines(kind: Check["kind"], series: Map<string, Series>): Line[] {
  const all = [...series.values()];
  const phases = kind === "icmp" ? [] : PHASES.flatMap(([key, name]) =>
    all.filter((one) => one.name === "probe_phase_seconds" && one.labels["phase"] === key).map((one) => ({ name, series: one })));
  if (phases.length > 0) return phases;
  const trips = TRIPS.flatMap(([stat, name]) =>
    all.filter((one) => one.name === "probe_icmp_rtt_seconds" && one.labels["stat"] === stat).map((one) => ({ name, series: one })));
  if (trips.length > 0) return trips;
  return all.filter((one) => one.name === "probe_duration_seconds").map((one) => ({ name: "Duration", series: one }));
}

export function History({ check, runsAs }: { check: Check; runsAs: string }) {
  const { query } = useLocation();
  const range = readRange(query, presetFor(Date.parse(check.created_at)));
  const shown = useMovingRange(range);
  const { series, step, waiting } = useHistory(check.id, runsAs === "script" ? SCRIPT_METRICS : CHECK_METRICS, range, Math.max(10, check.interval_seconds));
  const uptime = useUptime(check.id, range);
  const lines = useMemo(() => phaseLines(runsAs, series), [runsAs, series]);
  const ping = runsAs === "icmp";
  const took = [...series.values()].find((one) => (ping ? one.name === "probe_icmp_rtt_seconds" && one.labels["stat"] === "avg" : one.name === "probe_duration_seconds"));
  return (
    <section className="block" aria-label="Response time">
      <div className="block-head">
        <h2>Response time</h2><span className="quiet small">{uptimeWords(uptime)}</span>
        <span className="more"><RangePicker range={range} /></span>
      </div>
      <Chart waiting={waiting("")} title={ping ? "Round trip" : lines.length > 1 ? "By phase" : "Duration"} lines={lines} step={Math.max(step, check.interval_seconds)} fromMs={shown.fromMs} toMs={shown.toMs}
        format={latency} stacked={!ping && lines.length > 1} top={0.001} now={latency(last(took))} />
      {runsAs === "script" && <ScriptNumbers series={series} step={Math.max(step, check.interval_seconds)} fromMs={shown.fromMs} toMs={shown.toMs} />}
      <SlotLine check={check} fromMs={shown.fromMs} toMs={shown.toMs} />
    </section>
  );
}
