import { useMemo } from "react";
import type { SeriesInfo } from "../api/types";
import { formatOfName, linesOf, otherNames, paceOf } from "../lib/any_metric";
import { plural } from "../lib/format";
import { useHistory, type History } from "../lib/history";
import { setQuery, useLocation } from "../lib/router";
import { last } from "../lib/series";
import { readRange, type TimeRange } from "../lib/time_range";
import { Chart } from "./chart";
import { RangePicker, useMovingRange } from "./range_picker";

const MOST_CHARTS = 8; // more are picked from the list
const MOST_LINES = 8; // more can not be told apart

function OneMetric({ name, history: { series, step, waiting }, range }: { name: string; history: History; range: TimeRange }) {
  const lines = useMemo(() => linesOf(series, name), [series, name]);
  const shown = lines.slice(0, MOST_LINES);
  const format = formatOfName(name);
  const now = lines.length === 1 ? format(last(lines[0]?.series)) : lines.length > MOST_LINES ? `${MOST_LINES} of ${plural(lines.length, "series", "series")}` : undefined;
  return <Chart title={name} waiting={waiting(name)} lines={shown} step={paceOf(shown, step)} fromMs={range.fromMs} toMs={range.toMs} format={format} now={now} binary={format(1024) === "1 KiB"} />;
}

// Charts of whatever an instance has: what scripts push, and what an agent sends besides the usual.
export function MetricCharts({ id, infos, alone }: { id: string; infos: readonly SeriesInfo[]; alone: boolean }) {
  const { query } = useLocation();
  const range = readRange(query, "1h");
  const moving = useMovingRange(range);
  const names = useMemo(() => otherNames(infos), [infos]);
  const picked = query.get("metrics");
  const chosen = useMemo(() => {
    if (picked !== null) return picked.split(",").map(decodeURIComponent).filter((name) => names.includes(name));
    return alone ? names.slice(0, MOST_CHARTS) : [];
  }, [picked, names, alone]);
  const wanted = useMemo(() => chosen.map((metric_name) => ({ metric_name })), [chosen]);
  const history = useHistory(id, wanted, range);
  if (names.length === 0) return null;
  const show = (next: string[]) => setQuery({ metrics: next.map(encodeURIComponent).join(",") || "none" });
  const left = names.filter((name) => !chosen.includes(name));
  return (
    <section className="block" aria-label={alone ? "Metrics" : "Other metrics"}>
      <div className="block-head">
        <h2>{alone ? "Metrics" : "Other metrics"}</h2><span className="quiet small">{plural(names.length, "metric")}</span>
        {alone && <span className="more"><RangePicker range={range} /></span>}
      </div>
      {(names.length > MOST_CHARTS || !alone || left.length > 0) && (
        <div className="filters">
          <select aria-label="Show a metric" value="" onChange={(event) => event.target.value && show([...chosen, event.target.value])} disabled={left.length === 0}>
            <option value="">Show a metric …</option>
            {left.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
          {chosen.map((name) => <button key={name} type="button" className="btn tiny" aria-label={`Hide ${name}`} onClick={() => show(chosen.filter((one) => one !== name))}>{name} ×</button>)}
        </div>
      )}
      <div className="charts">
        {chosen.map((name) => <OneMetric key={name} name={name} history={history} range={moving} />)}
      </div>
    </section>
  );
}
