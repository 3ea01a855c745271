import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { clock, moment } from "../lib/format";
import { axisFor } from "../lib/axis";
import { setQuery } from "../lib/router";
import { align, type Series } from "../lib/series";
import { useTheme } from "../lib/theme";

// One chart of a page: lines told apart by darkness and dash, cursors of all charts in step,
// dragging sets the page's time range.

export interface Line {
  name: string;
  series: Series;
}

interface Props {
  title: string;
  lines: Line[];
  step: number;
  fromMs: number;
  toMs: number;
  format: (value: number | null) => string;
  top?: number; // the axis reaches at least to here
  stacked?: boolean;
  heat?: boolean; // one row per line, darker is more
  band?: [number, number]; // lines, the upper and the lower one, between which it is shaded
  now?: string;
  binary?: boolean;
  waiting?: string; // what to say where nothing is drawn yet
}

const STYLES: { ink: string; dash: number[]; width: number }[] = [
  { ink: "--grey-1", dash: [], width: 1.6 },
  { ink: "--grey-2", dash: [], width: 1.6 },
  { ink: "--grey-1", dash: [5, 3], width: 1.4 },
  { ink: "--grey-3", dash: [], width: 1.8 },
  { ink: "--grey-2", dash: [2, 3], width: 1.6 },
  { ink: "--grey-5", dash: [9, 3, 2, 3], width: 1.4 },
  { ink: "--grey-3", dash: [5, 3], width: 1.6 },
  { ink: "--grey-4", dash: [], width: 1.8 },
];
const NO_LINES: Line[] = [];
const FILLS = ["--grey-1", "--grey-3", "--grey-5", "--grey-4", "--grey-2"]; // neighbours differ much
const styleOf = (index: number) => STYLES[index % STYLES.length] as (typeof STYLES)[number];
const cssColor = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function stack(columns: (number | null)[][]): (number | null)[][] {
  const sum = new Array<number>(columns[0]?.length ?? 0).fill(0);
  return columns.map((column) => column.map((value, index) => {
    if (value === null) return null;
    sum[index] = (sum[index] ?? 0) + value;
    return sum[index] as number;
  }));
}

function drawHeat(plot: uPlot, columns: (number | null)[][], step: number): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const row = height / columns.length;
  const ink = cssColor("--grey-1");
  const times = plot.data[0] as number[];
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = ink;
  columns.forEach((column, at) => {
    column.forEach((value, index) => {
      if (value === null) return;
      const from = plot.valToPos((times[index] as number) - step, "x", true);
      const to = plot.valToPos(times[index] as number, "x", true);
      ctx.globalAlpha = 0.05 + 0.95 * Math.max(0, Math.min(1, value));
      ctx.fillRect(from, top + at * row + 1, Math.max(1, to - from + 0.5), Math.max(1, row - 2));
    });
  });
  ctx.restore();
}

// Points that no line reaches, for a value that came once: nothing else would show them.
function alone(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? [];
  const empty = (at: number) => values[at] === null || values[at] === undefined;
  return Array.from(values, (_, at) => at).filter((at) => !empty(at) && empty(at - 1) && empty(at + 1));
}

function Swatch({ index, filled }: { index: number; filled?: boolean }) {
  const { ink, dash } = styleOf(index);
  if (filled) return <svg viewBox="0 0 22 8" aria-hidden="true"><rect width="22" height="8" fill={`var(${FILLS[index % FILLS.length]})`} /></svg>;
  return <svg viewBox="0 0 22 8" aria-hidden="true"><path d="M0 4H22" stroke={`var(${ink})`} strokeWidth="2" strokeDasharray={dash.join(" ")} /></svg>;
}

function optionsFor(props: Props, size: { width: number; height: number }, visible: boolean[], hover: (at: number | null) => void, columns: () => (number | null)[][]): uPlot.Options {
  const { lines, format, top, stacked, heat, band, step } = props;
  const faint = cssColor("--ink-3");
  const grid = { stroke: cssColor("--line"), width: 1 };
  const font = "11px Inter, system-ui, sans-serif";
  const dayLong = props.toMs - props.fromMs > 86_400_000 * 1.5;
  const fill = (index: number) => {
    if (stacked) return cssColor(FILLS[index % FILLS.length] as string);
    return lines.length === 1 ? cssColor("--tint-2") : undefined;
  };
  return {
    ...size,
    padding: [10, 16, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: "page" }, y: false, points: { show: !heat && !stacked, size: 6 },
      drag: { x: true, y: false, setScale: false },
    },
    scales: {
      x: { time: true, range: () => [props.fromMs / 1000, props.toMs / 1000] },
      y: { range: heat ? [0, lines.length] : (_plot, low, high) => {
        const axis = axisFor(low || 0, Math.max(top ?? 0, high || 0), props.binary);
        return [axis.min, axis.max];
      } },
    },
    axes: [
      { stroke: faint, grid: { show: false }, ticks: { ...grid, size: 4 }, font, space: dayLong ? 104 : 68, size: 28,
        values: (_plot, ticks) => ticks.map((tick) => (dayLong ? moment(tick * 1000) : clock(tick * 1000).slice(0, 5))) },
      { stroke: faint, grid: heat ? { show: false } : grid, ticks: { show: false }, font, size: 66, splits: heat ? undefined : (_plot, _axis, low, high) => axisFor(low, high, props.binary).lines,
        values: (_plot, ticks) => heat ? ticks.map(() => "") : ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...lines.map((line, index) => ({
        label: line.name,
        show: visible[index] !== false,
        stroke: heat ? "transparent" : cssColor(stacked ? "--ground" : styleOf(index).ink),
        width: heat ? 0 : stacked ? 0.5 : styleOf(index).width,
        dash: stacked ? [] : styleOf(index).dash,
        fill: heat ? undefined : fill(index),
        points: heat ? { show: false } : { show: true, size: 5, filter: alone, ...(stacked && { stroke: cssColor(FILLS[index % FILLS.length] as string), fill: cssColor(FILLS[index % FILLS.length] as string) }) },
        spanGaps: false,
      })),
    ],
    bands: band ? [{ series: [band[0] + 1, band[1] + 1], fill: cssColor("--tint-2") }] : stacked ? lines.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] })) : undefined,
    hooks: {
      draw: heat ? [(plot) => drawHeat(plot, columns(), step)] : [],
      setCursor: [(plot) => hover(plot.cursor.idx ?? null)],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 6) return;
        const from = plot.posToVal(left, "x") * 1000;
        const to = plot.posToVal(left + width, "x") * 1000;
        if (to - from < 30_000) return;
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        setQuery({ range: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() }, false);
      }],
    },
  };
}

export function Chart(props: Props) {
  const { title, step, fromMs, toMs, format, stacked, heat, waiting } = props;
  const lines = waiting === undefined ? props.lines : NO_LINES;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const { shown } = useTheme();
  const names = lines.map((line) => line.name).join("\n");
  const { times, columns } = useMemo(() => align(lines.map((line) => line.series), step), [lines, step]);
  const shownColumns = useMemo(() => {
    if (!stacked) return columns;
    return stack(columns.map((column, index) => (off.has(lines[index]?.name ?? "") ? column.map((value) => (value === null ? null : 0)) : column)));
  }, [columns, stacked, off, lines]);
  const latest = useRef({ props, times, columns, shownColumns });
  latest.current = { props, times, columns, shownColumns };
  const empty = times.length === 0;

  useEffect(() => {
    const element = box.current;
    if (!element || empty) return;
    const size = () => ({ width: element.clientWidth, height: heat ? Math.max(190, Math.min(260, lines.length * 20 + 40)) : 190 });
    const visible = names.split("\n").map((name) => !off.has(name));
    const options = optionsFor({ ...latest.current.props, lines, ...rangeNow() }, size(), visible, setAt, () => latest.current.columns);
    options.scales = { ...options.scales, x: { time: true, range: () => { const now = rangeNow(); return [now.fromMs / 1000, now.toMs / 1000]; } } };
    plot.current = new uPlot(options, [latest.current.times, ...latest.current.shownColumns] as uPlot.AlignedData, element);
    const observer = new ResizeObserver(() => plot.current?.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    function rangeNow() {
      return { fromMs: latest.current.props.fromMs, toMs: latest.current.props.toMs };
    }
    // The plot is built anew only when its lines, theme or visibility change; data flows in below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names, shown, off, empty, heat, stacked, toMs - fromMs]);

  useEffect(() => {
    plot.current?.setData([times, ...shownColumns] as uPlot.AlignedData);
  }, [times, shownColumns, fromMs, toMs]);

  const newest = times.length - 1;
  const index = at !== null && at < times.length ? at : newest;
  const toggle = (name: string) => setOff((before) => {
    const next = new Set(before);
    if (!next.delete(name)) next.add(name);
    return next;
  });
  const value = (line: number) => {
    const column = columns[line] ?? [];
    if (at !== null) return column[index] ?? null;
    if (toMs / 1000 - (times[newest] ?? 0) > step * 3 + 5) return null; // nothing has come any more
    for (let back = newest; back >= Math.max(0, newest - 2); back -= 1) {
      if (column[back] !== null && column[back] !== undefined) return column[back] as number;
    }
    return null;
  };
  return (
    <figure className="chart" aria-label={title}>
      <header>
        <h3>{title}</h3>
        {at !== null && times[index] !== undefined && <span className="small quiet">{clock((times[index] as number) * 1000)}</span>}
        <span className="now">{lines.length === 1 && at !== null ? format(value(0)) : waiting === undefined && props.now}</span>
      </header>
      <div className="plot" ref={box}>{empty && <div className="none">{waiting ?? "No data in this time range"}</div>}</div>
      {!empty && lines.length > 1 && (
        <div className="legend">
          {lines.map((line, position) => (
            <button key={line.name} type="button" aria-pressed={!off.has(line.name)} onClick={() => toggle(line.name)} disabled={heat}>
              {!heat && <Swatch index={position} filled={stacked} />}
              <span className="cut">{line.name}</span> <b>{format(value(position))}</b>
            </button>
          ))}
        </div>
      )}
    </figure>
  );
}
