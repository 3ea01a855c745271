import type { CheckResult } from "../api/types";
import { exact, latency, percent, span } from "../lib/format";
import { gapsOf, tookOf, warningOf } from "../lib/result";

// Small drawings inside tables.

export function Usage({ share, warnAt = 0.85, downAt = 0.95 }: { share: number | null; warnAt?: number; downAt?: number }) {
  if (share === null) return <span className="usage none">–</span>;
  const tone = share >= downAt ? "down" : share >= warnAt ? "warn" : "";
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <span className="usage">
      <span className="track" aria-hidden="true"><i className={tone} style={{ width }} /></span>
      <b>{percent(share)}{tone && <span className="hidden"> high</span>}</b>
    </span>
  );
}

export function Spark({ values, top }: { values: (number | null)[]; top?: number }) {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length < 2) return <svg className="spark" aria-hidden="true" />;
  const most = Math.max(top ?? 0, ...known) || 1;
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * 100;
    return value === null ? null : `${x.toFixed(1)} ${(25 - (Math.min(value, most) / most) * 24).toFixed(1)}`;
  });
  const line = points.reduce<string>((path, point, index) => {
    if (point === null) return path;
    return `${path}${index === 0 || points[index - 1] === null ? "M" : "L"}${point}`;
  }, "");
  return (
    <svg className="spark" viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true">
      {!points.includes(null) && <path className="area" d={`${line}L100 26L0 26Z`} />}
      <path d={line} />
    </svg>
  );
}

// The last results, oldest left; bars differ in height as well as in colour.
export function Strip({ results, slots = 30, tall }: { results: CheckResult[]; slots?: number; tall?: boolean }) {
  const shown = results.slice(0, slots).reverse();
  const gaps = gapsOf(results.slice(0, slots)).reverse();
  const failed = shown.filter((result) => result.status === "down").length;
  const label = shown.length ? `Last ${shown.length} results: ${shown.length - failed} not down, ${failed} down` : "No results yet";
  return (
    <span className={tall ? "strip tall" : "strip"} role="img" aria-label={label}>
      {Array.from({ length: Math.max(0, slots - shown.length) }, (_, index) => <i key={`e${index}`} />)}
      {shown.map((result, index) => {
        const when = exact(result.scheduled_at ?? result.started_at);
        const warning = warningOf(result);
        const what = result.status === "up" ? [latency(tookOf(result)), warning].filter(Boolean).join("\n") : result.reason || result.status;
        const gap = gaps[index] ?? 0;
        return <i key={`${result.scheduled_at ?? index} ${result.location}`} className={`${warning ? "warn" : result.status}${gap > 0 ? " gap" : ""}`} title={`${when}\n${what}${gap > 0 ? `\nthe one before came ${span(gap)} earlier` : ""}`} />;
      })}
    </span>
  );
}

export const PHASES = [
  ["resolve", "Resolve"], ["connect", "Connect"], ["tls", "TLS"], ["first_byte", "First byte"], ["transfer", "Transfer"],
] as const;

// Where the time went, one lane per phase, each beginning where the last ended.
export function Phases({ result }: { result: CheckResult }) {
  const phases = PHASES.filter(([name]) => typeof result.phases?.[name] === "number");
  const total = Math.max(result.duration_seconds ?? 0, phases.reduce((sum, [name]) => sum + (result.phases?.[name] ?? 0), 0));
  // One phase alone says nothing of where the time went.
  if (phases.length < 2 || total <= 0) return null;
  let begun = 0;
  return (
    <div className="phases">
      {phases.map(([name, words]) => {
        const took = result.phases?.[name] ?? 0;
        const left = `${(begun / total) * 100}%`;
        begun += took;
        return (
          <div key={name}>
            <span>{words}</span>
            <span className="lane"><i style={{ left, width: `${(took / total) * 100}%` }} /></span>
            <span className="num">{latency(took)}</span>
          </div>
        );
      })}
    </div>
  );
}
