import { useMemo, useState } from "react";
import { api } from "../api/client";
import type { Check, CheckEvent, CheckResult, Phase } from "../api/types";
import { certificateOf } from "../lib/certificate";
import { kindName, useCheckTypes } from "../lib/check_types";
import { exact, latency, moment, percent, plural, span, stamp } from "../lib/format";
import { useHistory } from "../lib/history";
import { useResource } from "../lib/resource";
import { checkWarning, mergeResults, reasonNow, runsOf, tookOf, warningOf } from "../lib/result";
import { exitWords } from "../lib/script";
import { Link, navigate, useLocation } from "../lib/router";
import { last, type Series } from "../lib/series";
import { readRange } from "../lib/time_range";
import { uptimeWords, useUptime } from "../lib/uptime";
import { useMayEdit } from "../lib/user";
import { Chips, Empty, Head, Loaded, useTitle, When } from "../parts/basics";
import { Chart, type Line } from "../parts/chart";
import { Locations, Ping, SlotLine } from "../parts/check_extras";
import { TestOutcome, useCheckTest, Values } from "../parts/check_test";
import { Phases, Strip } from "../parts/gauges";
import { RangePicker, useMovingRange } from "../parts/range_picker";
import { ScriptNumbers, ScriptSaid } from "../parts/script_output";
import { HealthState, Mark, State } from "../parts/state";
import { DeleteCheck } from "./checks";

const PHASES: [string, string][] = [["resolve", "Resolve"], ["connect", "Connect"], ["tls", "TLS"], ["first_byte", "First byte"], ["transfer", "Transfer"]];
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

function History({ check, runsAs, active }: { check: Check; runsAs: string; active: boolean }) {
  const { query } = useLocation();
  const range = readRange(query, "6h");
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
      {active && <SlotLine check={check} fromMs={shown.fromMs} toMs={shown.toMs} />}
    </section>
  );
}

function CertificateFacts({ result, events }: { result?: CheckResult | null; events: CheckEvent[] }) {
  const certificate = certificateOf(result, events);
  if (!certificate) return null;
  const left = certificate.expiresMs === null ? null : (certificate.expiresMs - Date.now()) / 1000;
  const tone = left === null ? "unknown" : left < 86_400 * 7 ? "down" : left < 86_400 * 30 ? "warn" : "up";
  return (
    <section className="block" aria-label="Certificate">
      <div className="block-head"><h2>Certificate</h2></div>
      <dl className="facts">
        {left !== null && <div><dt>Expires</dt><dd><State tone={tone}>{left > 0 ? `in ${span(left)}` : `${span(-left)} ago`}</State><br /><span className="small quiet">{exact(certificate.expiresMs)}</span></dd></div>}
        {certificate.facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </section>
  );
}

const isWarning = (event: CheckEvent) => event.detail?.["outcome"] === "warning";

function eventWords(event: CheckEvent): string {
  if (event.previous_status && event.previous_status !== event.status) return `${event.previous_status} → ${event.status}`;
  if (isWarning(event)) return "warning";
  return event.status === "up" && !event.reason ? "warning is over" : event.status;
}

function EventDetails({ event }: { event: CheckEvent }) {
  const entries = Object.entries(event.detail ?? {}).filter(([name, value]) => name !== "outcome" && value !== null && value !== "");
  if (entries.length === 0) return null;
  return (
    <details>
      <summary className="small quiet">Details</summary>
      {entries.map(([name, value]) => (
        <div key={name}><span className="small quiet">{name.replace(/_/g, " ")}</span><pre className="code">{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre></div>
      ))}
    </details>
  );
}

function Events({ events }: { events: CheckEvent[] }) {
  if (events.length === 0) return null;
  return (
    <section className="block" aria-label="Events">
      <div className="block-head"><h2>Events</h2><span className="quiet small">State changes and failures</span></div>
      <ol className="timeline">
        {runsOf(events).map(({ latest, first, count }) => (
          <li key={first.at}>
            <Mark tone={isWarning(latest) ? "warn" : latest.status} />
            <p><strong>{eventWords(latest)}</strong>{latest.reason && <> · {latest.reason}</>}{count > 1 && <span className="quiet"> · {count} times</span>}</p>
            <div className="small quiet">{count > 1 && <>{exact(first.at)} – </>}{exact(latest.at)} · <When time={latest.at} /></div>
            <EventDetails event={latest} />
          </li>
        ))}
      </ol>
    </section>
  );
}

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

function Results({ results, timed, older }: { results: CheckResult[]; timed: boolean; older?: () => Promise<void> }) {
  const [most, setMost] = useState(15);
  const [busy, setBusy] = useState(false);
  const phases = PHASES.filter(([key]) => results.some((one) => one.phases?.[key as Phase] !== undefined));
  const places = new Set(results.map((one) => one.location)).size > 1;
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
                {timed && phases.length > 1 && phases.map(([key]) => <td key={key} className="num quiet wide-only">{latency(one.phases?.[key as Phase])}</td>)}
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
function useResults(id: string) {
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

function Latest({ check, results, active }: { check: Check; results: CheckResult[]; active: boolean }) {
  const result = results[0] ?? check.last_result;
  if (!result) {
    return <section className="block"><Empty title="No result yet">{active ? `The first one arrives within ${span(check.interval_seconds + 5)}.` : check.kind === "heartbeat" ? "The first one arrives when the job calls in." : "The first one arrives when its members have some."}</Empty></section>;
  }
  const oldest = results[Math.min(results.length, 90) - 1];
  const reason = reasonNow(check, result);
  return (
    <section className="block" aria-label="Last results">
      <div className="block-head"><h2>Last results</h2>{oldest && <span className="quiet small">since {moment(oldest.scheduled_at)}</span>}</div>
      <Strip results={results} slots={90} tall />
      {reason && <p style={{ marginTop: 12 }}><strong>{reason}</strong></p>}
      <div style={{ marginTop: 18, maxWidth: 720 }}><Phases result={result} /></div>
      <div style={{ marginTop: 10, maxWidth: 720 }}><Values result={result} /></div>
    </section>
  );
}

function commandOf({ settings: { script } }: Check): string {
  return [script?.["command"], ...((script?.["arguments"] as string[] | undefined) ?? [])].join(" ");
}

function Facts({ check, active }: { check: Check; active: boolean }) {
  const instance = useResource(check.instance_id ? `instance/${check.instance_id}` : null, () => api.instances.one(check.instance_id as string), { freshSeconds: 60 });
  return (
    <dl className="facts">
      <div><dt>State</dt><dd><HealthState health={check.status} paused={!check.enabled} warning={checkWarning(check)} /></dd></div>
      {check.status_since && <div><dt>Since</dt><dd><When time={check.status_since} /></dd></div>}
      <div><dt>Kind</dt><dd>{kindName(check.kind)}</dd></div>
      {active && (
        <>
          <div><dt>Every</dt><dd>{span(check.interval_seconds)}, limit {span(check.timeout_seconds)}</dd></div>
          <div><dt>Down after</dt><dd>{plural(check.failures_before_down, "failure")}</dd></div>
          <div><dt>Up after</dt><dd>{plural(check.successes_before_up, "success", "successes")}</dd></div>
          <div><dt>{check.locations.length > 1 ? "Locations" : "Location"}</dt><dd>{check.locations.join(", ")}</dd></div>
        </>
      )}
      {instance.data && <div><dt>Instance</dt><dd><Link href={`/instances/${instance.data.id}`}>{instance.data.name}</Link></dd></div>}
      {check.kind === "script" && <div className="wide"><dt>Script</dt><dd className="mono">{commandOf(check)}</dd></div>}
      {Object.keys(check.labels ?? {}).length > 0 && <div className="wide"><dt>Labels</dt><dd><Chips labels={check.labels} /></dd></div>}
    </dl>
  );
}

export function CheckPage({ id }: { id: string }) {
  const check = useResource(`check/${id}`, () => api.checks.one(id), { everySeconds: 30 });
  const { results, older } = useResults(id);
  const events = useResource(`check/${id}/events`, () => api.checks.events(id, { limit: 200 }).then((page) => page.items), { everySeconds: 60 });
  const mayEdit = useMayEdit();
  const [deleting, setDeleting] = useState(false);
  const types = useCheckTypes();
  const test = useCheckTest();
  useTitle(check.data?.name ?? "Check");
  const type = types.data?.find((one) => one.name === check.data?.kind);
  const active = type?.active ?? true;
  const runsAs = type?.kind ?? check.data?.kind;
  return (
    <Loaded from={check}>
      {(data) => (
        <>
          <Head title={data.name} sub={<span className="mono">{data.target}</span>} crumb={<Link href="/checks">Checks</Link>}>
            {mayEdit && active && <button className="btn" disabled={test.busy} onClick={() => void test.start(() => api.checks.run(id), data.timeout_seconds)}>{test.busy ? "Running …" : "Run now"}</button>}
            {mayEdit && <Link className="btn" href={`/alerts/rules/new?check_id=${id}`}>Alert on this</Link>}
            {mayEdit && <Link className="btn" href={`/checks/${id}/edit`} data-key="e">Edit</Link>}
            {mayEdit && <button className="btn" onClick={() => setDeleting(true)}>Delete</button>}
          </Head>
          <TestOutcome test={test} />
          <Facts check={data} active={active} />
          {data.ping_url && <Ping url={data.ping_url} />}
          <Locations states={data.locations_state ?? []} />
          <Latest active={active} check={data} results={results} />
          {runsAs === "script" && <ScriptSaid result={data.last_result} />}
          <History active={active} check={data} runsAs={runsAs ?? data.kind} />
          <CertificateFacts result={data.last_result} events={events.data ?? []} />
          <Events events={events.data ?? []} />
          {results.length > 0 && <Results results={results} timed={active} older={older} />}
          {deleting && <DeleteCheck check={data} onClose={() => setDeleting(false)} onDone={() => navigate("/checks")} />}
        </>
      )}
    </Loaded>
  );
}
