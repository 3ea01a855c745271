import type { CheckResult } from "../api/types";
import type { Series } from "../lib/series";
import { last } from "../lib/series";
import { byUnit, exitWords, formatOf, scriptOutputOf } from "../lib/script";
import { Chart } from "./chart";
import { State } from "./state";

const TONES: Record<number, "up" | "warn" | "down"> = { 0: "up", 1: "warn", 2: "down" };

// What a script said last, in its own words.
export function ScriptSaid({ result }: { result?: CheckResult | null }) {
  const said = scriptOutputOf(result);
  if (!said || (said.exitCode === null && !said.text)) return null;
  return (
    <section className="block" aria-label="Output">
      <div className="block-head"><h2>Output</h2>
        {said.exitCode !== null && <State tone={TONES[said.exitCode] ?? "unknown"}>{exitWords(said.exitCode)}</State>}
      </div>
      {said.text && <pre className="code">{said.text}</pre>}
      {said.performance && <details><summary className="small quiet">Performance data</summary><pre className="code">{said.performance}</pre></details>}
    </section>
  );
}

const NAMES: Record<string, string> = { "": "Numbers", seconds: "Times", bytes: "Bytes", ratio: "Ratios", total: "Counters" };
const MOST_LINES = 8; // more can not be told apart

// A number alone is called by its own name.
function titleOf(unit: string, group: Series[]): string {
  const name = NAMES[unit] ?? unit;
  return group.length === 1 ? group[0]?.labels["label"] || name : `${name}: ${group.map((one) => one.labels["label"]).join(", ")}`;
}

export function ScriptNumbers({ series, step, fromMs, toMs }: { series: Map<string, Series>; step: number; fromMs: number; toMs: number }) {
  return (
    <>
      {byUnit(series.values()).map(([unit, group]) => (
        <Chart key={unit} title={titleOf(unit, group)} binary={unit === "bytes"} step={step} fromMs={fromMs} toMs={toMs} format={formatOf(unit)}
          lines={group.slice(0, MOST_LINES).map((one) => ({ name: one.labels["label"] ?? "", series: one }))}
          now={group.length === 1 ? formatOf(unit)(last(group[0])) : undefined} />
      ))}
    </>
  );
}
