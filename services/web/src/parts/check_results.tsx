import { useMemo, useState } from "react";
import { api } from "../api/client";
import type { CheckResult } from "../api/types";
import { exact, latency, percent, stamp } from "../lib/format";
import { useResource } from "../lib/resource";
import { mergeResults, tookOf, warningOf } from "../lib/result";
import { exitWords } from "../lib/script";
import { PHASES } from "./gauges";
import { HealthState } from "./state";

// Every result of a check, newest first.

function numberValue(values: Record<string, unknown> | undefined, ...names: string[]): number | null {
  for (const name of names) if (typeof values?.[name] === "number") return values[name] as number;
  return null;
}

function resultWords(result: CheckResult): string {
  if (result.reason) return result.reason;
  const status = numberValue(result.values, "probe_http_status_code", "http_status_code");
  if (status) return `HTTP ${status}`;
  const code = numberValue(result.values, "probe_script_exit_code");
  if (code !== null) return exitWords(code);
  const loss = numberValue(result.values, "probe_icmp_loss_ratio", "probe_icmp_packet_loss_ratio");
  return loss === null ? "" : `${percent(loss)} lost`;
}

const PAGE = 60;

export function Results({ results, timed, older }: { results: CheckResult[]; timed: boolean; older?: () => Promise<void> }) {
  const [most, setMost] = useState(15);
  const [busy, setBusy] = useState(false);
  const phases = PHASES.filter(([key]) => results.some((one) => one.phases?.[key] !== undefined));
  const places = new Set(results.flatMap((one) => one.location ?? [])).size > 1;
  const more = async () => {
    setBusy(true);
    if (results.length < most + PAGE) await older?.().catch(() => undefined);
    setBusy(false);
    setMost(most + PAGE);
  };
  return (
    <section className="block" aria-label="Results">
      <div className="block-head"><h2>Results</h2></div>
      <div className="scroll">
        <table className="table tight">
          <thead><tr><th>Time</th><th>State</th>{places && <th>Location</th>}{timed && <th className="num">Took</th>}{timed && phases.length > 1 && phases.map(([key, name]) => <th key={key} className="num wide-only">{name}</th>)}<th>Outcome</th></tr></thead>
          <tbody>
            {results.slice(0, most).map((one) => (
              <tr key={`${one.scheduled_at ?? one.started_at} ${one.location}`}>
                <td className="nowrap" title={exact(one.scheduled_at ?? one.started_at)}>{stamp(one.scheduled_at ?? one.started_at)}</td>
                <td><HealthState health={one.status} warning={warningOf(one)} /></td>{places && <td className="mono">{one.location}</td>}
                {timed && <td className="num">{latency(tookOf(one))}</td>}
                {timed && phases.length > 1 && phases.map(([key]) => <td key={key} className="num quiet wide-only">{latency(one.phases?.[key])}</td>)}
                <td className="quiet" style={{ overflowWrap: "anywhere" }}>{resultWords(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(results.length > most || older) && <p style={{ marginTop: 10 }}><button className="btn tiny" disabled={busy} onClick={() => void more()}>{results.length > most ? "Show more" : "Show older"}</button></p>}
    </section>
  );
}

// The results of a check: the newest page, kept up to date, and older ones as they are asked for.
export function useResults(id: string) {
  const newest = useResource(`results/${id}`, () => api.checks.results(id, { limit: 100 }), { freshSeconds: 5, everySeconds: 30 });
  const [kept, setKept] = useState<{ items: CheckResult[]; cursor: string | null }>();
  const results = useMemo(() => mergeResults(newest.data?.items ?? [], kept?.items ?? []), [newest.data, kept]);
  const cursor = kept ? kept.cursor : newest.data?.next_cursor;
  const older = cursor ? async () => {
    const page = await api.checks.results(id, { limit: 100, cursor });
    setKept({ items: mergeResults(results, page.items), cursor: page.next_cursor });
  } : undefined;
  return { results, older };
}
