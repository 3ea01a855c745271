import { useEffect, useState } from "react";
import { setQuery } from "../lib/router";
import { fromLocalInput, PRESET_NAMES, PRESETS, toLocalInput, type TimeRange } from "../lib/time_range";
import { Dialog } from "./basics";
import { moment } from "../lib/format";

function Custom({ range, onClose }: { range: TimeRange; onClose: () => void }) {
  const [from, setFrom] = useState(toLocalInput(range.fromMs));
  const [to, setTo] = useState(toLocalInput(range.toMs));
  const wrong = !(fromLocalInput(to) > fromLocalInput(from));
  const apply = (event: React.FormEvent) => {
    event.preventDefault();
    setQuery({ range: null, from: new Date(fromLocalInput(from)).toISOString(), to: new Date(fromLocalInput(to)).toISOString() }, false);
    onClose();
  };
  return (
    <Dialog title="Time range" onClose={onClose}>
      <form onSubmit={apply}>
        <div className="grid2">
          <label className="field"><span className="name">From</span><input type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} /></label>
          <label className="field"><span className="name">To</span><input type="datetime-local" required value={to} onChange={(event) => setTo(event.target.value)} /></label>
        </div>
        {wrong && <p className="field"><span className="wrong">The end must be after the beginning.</span></p>}
        <p className="quiet small">Dragging across a chart sets the range too.</p>
        <div className="actions"><button type="button" className="btn" onClick={onClose}>Cancel</button><button className="btn main" disabled={wrong}>Show</button></div>
      </form>
    </Dialog>
  );
}

export function RangePicker({ range }: { range: TimeRange }) {
  const [custom, setCustom] = useState(false);
  return (
    <>
      <div className="seg" role="group" aria-label="Time range">
        {PRESETS.map((preset) => (
          <button key={preset} aria-pressed={range.live && range.preset === preset}
            onClick={() => setQuery({ range: preset, from: null, to: null })}>{PRESET_NAMES[preset]}</button>
        ))}
        <button aria-pressed={!range.live} onClick={() => setCustom(true)}>{range.live ? "Custom" : <span className="cut">{moment(range.fromMs)} – {moment(range.toMs)}</span>}</button>
      </div>
      {custom && <Custom range={range} onClose={() => setCustom(false)} />}
    </>
  );
}

// The range with a moving end: a live range is measured anew every few seconds.
export function useMovingRange(range: TimeRange, everySeconds = 5): TimeRange {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!range.live) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everySeconds * 1000);
    return () => clearInterval(timer);
  }, [range.live, range.preset, everySeconds]);
  if (!range.live) return range;
  const length = range.toMs - range.fromMs;
  return { ...range, fromMs: now - length, toMs: now };
}
