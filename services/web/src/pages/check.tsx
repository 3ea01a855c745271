import { useState } from "react";
import { api } from "../api/client";
import type { Check, CheckEvent, CheckResult } from "../api/types";
import { kindName, useCheckTypes } from "../lib/check_types";
import { moment, plural, span } from "../lib/format";
import { groupOf } from "../lib/group";
import { heartbeatOf } from "../lib/heartbeat";
import { locationWarning, useLocations } from "../lib/locations";
import { invalidate, useResource } from "../lib/resource";
import { checkWarning, reasonNow, sinceOf, stateOf } from "../lib/result";
import { Link, navigate } from "../lib/router";
import { useMay } from "../lib/user";
import { Chips, Empty, Head, Loaded, say, useTitle, When } from "../parts/basics";
import { CertificateFacts } from "../parts/certificate_facts";
import { History } from "../parts/check_charts";
import { Events } from "../parts/check_events";
import { HeartbeatFacts, Locations, Members, Ping } from "../parts/check_extras";
import { Results, useResults } from "../parts/check_results";
import { TestOutcome, useCheckTest, Values } from "../parts/check_test";
import { CheckDependencies } from "../parts/dependencies";
import { Phases, Strip } from "../parts/gauges";
import { MaintenanceBadge, StartMaintenance } from "../parts/maintenance";
import { ScriptSaid } from "../parts/script_output";
import { Flapping, HealthState } from "../parts/state";
import { DeleteCheck } from "./checks";

function firstResult(check: Check, active: boolean): string {
  if (stateOf(check) === "paused") return "It is paused.";
  if (active) return `The first one arrives within ${span(check.interval_seconds + 5)}.`;
  return check.kind === "heartbeat" ? "The first one arrives when the job calls in." : "The first one arrives when its members have some.";
}

function Latest({ check, results, events, active }: { check: Check; results: CheckResult[]; events: CheckEvent[]; active: boolean }) {
  const seen = useLocations();
  const caution = active && stateOf(check) !== "paused" ? locationWarning(seen, check.locations) : "";
  const result = results[0] ?? check.last_result;
  if (!result) return <section className="block"><Empty title="No result yet">{caution || firstResult(check, active)}</Empty></section>;
  const oldest = results[Math.min(results.length, 90) - 1];
  const reason = reasonNow(check, result);
  const said = heartbeatOf(check, events)?.said;
  return (
    <section className="block" aria-label="Last results">
      <div className="block-head"><h2>Last results</h2>{oldest && <span className="quiet small">since {moment(oldest.scheduled_at)}</span>}</div>
      <Strip results={results} slots={90} tall />
      {reason && <p style={{ marginTop: 12, overflowWrap: "anywhere" }}><strong>{reason}</strong></p>}
      {said && result.status !== "up" && <pre className="code" style={{ marginTop: 8 }}>{said}</pre>}
      {caution && <p className="caution" style={{ marginTop: 12 }}>{caution}</p>}
      <div style={{ marginTop: 18, maxWidth: 720 }}><Phases result={result} /></div>
      <div style={{ marginTop: 10, maxWidth: 720 }}><Values result={result} /></div>
    </section>
  );
}

function commandOf({ settings: { script } }: Check): string {
  return [script?.["command"], ...((script?.["arguments"] as string[] | undefined) ?? [])].join(" ");
}

function Facts({ check, events, active }: { check: Check; events: CheckEvent[]; active: boolean }) {
  const instance = useResource(check.instance_id ? `instance/${check.instance_id}` : null, () => api.instances.one(check.instance_id as string), { freshSeconds: 60 });
  const since = sinceOf(check);
  return (
    <dl className="facts">
      <div><dt>State</dt><dd><HealthState health={check.status} paused={!check.enabled} warning={checkWarning(check)} /> <Flapping check={check} /> <MaintenanceBadge of={check} /></dd></div>
      {since && <div><dt>Since</dt><dd><When time={since} /></dd></div>}
      {(check.flapping_percent ?? 0) > 0 && <div title="Share of its last 20 results that differ from the one before"><dt>Ups and downs</dt><dd>{Math.round(check.flapping_percent ?? 0)} % <span className="quiet small">{check.flapping ? "until below 25" : "flaps above 30"}</span></dd></div>}
      <div><dt>Kind</dt><dd>{kindName(check.kind)}</dd></div>
      {active && (
        <>
          <div><dt>Every</dt><dd>{span(check.interval_seconds)}, limit {span(check.timeout_seconds)}</dd></div>
          <div><dt>Down, up after</dt><dd>{plural(check.failures_before_down, "failure")}, {plural(check.successes_before_up, "success", "successes")}</dd></div>
          <div><dt>{check.locations.length > 1 ? "Locations" : "Location"}</dt><dd>{check.locations.join(", ")}</dd></div>
        </>
      )}
      <HeartbeatFacts check={check} events={events} />
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
  const may = useMay();
  const [deleting, setDeleting] = useState(false);
  const types = useCheckTypes();
  const test = useCheckTest();
  useTitle(check.data?.name ?? "Check");
  const [switching, setSwitching] = useState(false);
  const pause = async ({ enabled, name, version }: Check) => {
    setSwitching(true);
    try {
      await api.checks.change(id, { enabled: !enabled }, version);
      say(enabled ? `${name} is paused.` : `${name} goes on.`);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    setSwitching(false);
    invalidate("checks", `check/${id}`, "overview", "instance", "alerts");
  };
  const type = types.data?.find((one) => one.name === check.data?.kind);
  const active = type?.active ?? true;
  const runsAs = type?.kind ?? check.data?.kind;
  return (
    <Loaded from={check}>
      {(data) => (
        <>
          <Head title={data.name} sub={<span className="mono">{data.target}</span>} crumb={<Link href="/checks">Checks</Link>}>
            {may("checks:run", "something") && active && <button className="btn" disabled={test.busy} onClick={() => void test.start(() => api.checks.run(id), data.timeout_seconds).catch((error: unknown) => say(String(error)))}>{test.busy ? "Running …" : "Run now"}</button>}
            {may("rules:write") && <Link className="btn" href={`/alerts/rules/new?check_id=${id}`}>Alert on this</Link>}
            {may("maintenance:write") && !data.maintenance && <StartMaintenance name={data.name} selector={{ check_id: id }} />}
            {may("checks:write", "something") && <button className="btn" disabled={switching} onClick={() => void pause(data)}>{data.enabled ? "Pause" : "Resume"}</button>}
            {may("checks:write", "something") && <Link className="btn" href={`/checks/${id}/edit`} data-key="e">Edit</Link>}
            {may("checks:write", "something") && <button className="btn" onClick={() => setDeleting(true)}>Delete</button>}
          </Head>
          <TestOutcome test={test} />
          <Facts check={data} events={events.data ?? []} active={active} />
          {data.ping_url && <Ping url={data.ping_url} />}
          <Locations states={data.locations_state ?? []} />
          {groupOf(data) && <Members check={data} />}
          <Latest active={active} check={data} results={results} events={events.data ?? []} />
          {runsAs === "script" && <ScriptSaid result={data.last_result} />}
          {active && <History check={data} runsAs={runsAs ?? data.kind} />}
          <CertificateFacts result={data.last_result} events={events.data ?? []} />
          <CheckDependencies check={data} />
          <Events events={events.data ?? []} failures={active ? data.failures_before_down : 1} />
          {results.length > 0 && <Results results={results} timed={active} older={older} />}
          {deleting && <DeleteCheck check={data} onClose={() => setDeleting(false)} onDone={() => navigate("/checks")} />}
        </>
      )}
    </Loaded>
  );
}
