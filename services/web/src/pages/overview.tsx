import { api } from "../api/client";
import type { Alert, Check, Instance, Overview, Page } from "../api/types";
import { plural } from "../lib/format";
import { useVitalsStream } from "../lib/latest";
import { checkWarning, stateOf, type CheckState } from "../lib/result";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { statesOf } from "../lib/tally";
import { useMay } from "../lib/user";
import { Empty, Loaded, useTitle, When } from "../parts/basics";
import { CheckTable } from "../parts/check_table";
import { TallyParts } from "../parts/health_words";
import { InstanceTable } from "../parts/instance_table";
import { AlertRow } from "../parts/alert_row";
import { Mark, State, type Tone } from "../parts/state";

const SHOWN = 25;
// Above this the stream of all metrics is more than a page can show; rows are then read at times.
const MOST_LIVE_INSTANCES = 60;

export function verdict(overview: Overview, warnings = 0): { tone: Tone; words: string } {
  const { instances, checks, alerts } = overview;
  const parts: string[] = [];
  if (checks.down > 0) parts.push(`${plural(checks.down, "check")} down`);
  if (instances.down > 0) parts.push(`${plural(instances.down, "instance")} down`);
  if (parts.length > 0) return { tone: "down", words: parts.join(", ") };
  if (alerts.firing > 0) return { tone: "warn", words: `${plural(alerts.firing, "alert")} firing` };
  const unsure = checks.unknown + instances.unknown;
  if (instances.total + checks.total === 0) return { tone: "unknown", words: "Nothing is watched yet" };
  if (unsure > 0 && checks.up + instances.up + warnings === 0) return { tone: "unknown", words: "Waiting for first results" };
  if (warnings > 0) return { tone: "warn", words: `Nothing is known to be down, ${plural(warnings, "check")} ${warnings === 1 ? "warns" : "warn"}` };
  return { tone: "up", words: unsure > 0 ? "Nothing is known to be down" : "Everything is up" };
}

function Figures({ overview, list }: { overview: Overview; list?: Page<Check> }) {
  const { instances, alerts } = overview;
  const checks = statesOf(overview.checks, list);
  return (
    <div className="tallies">
      <Link className="tally" href="/instances">
        <span className="label">Instances</span><span className="big">{instances.total}</span>
        <span className="parts"><TallyParts tally={instances} /></span>
      </Link>
      <Link className="tally" href="/checks">
        <span className="label">Checks</span><span className="big">{checks.total}</span>
        <span className="parts"><TallyParts tally={checks} /></span>
      </Link>
      <Link className="tally" href="/alerts">
        <span className="label">Alerts firing</span><span className="big">{alerts.firing}</span>
        <span className="parts">{alerts.silenced > 0 && <State tone="unknown">{alerts.silenced} silenced</State>}{alerts.pending > 0 && <State tone="warn">{alerts.pending} pending</State>}</span>
      </Link>
      <Link className="tally" href="/alerts/incidents?state=open">
        <span className="label">Open incidents</span><span className="big">{overview.incidents_open}</span>
        <span className="parts" />
      </Link>
    </div>
  );
}

function FirstSteps() {
  const may = useMay();
  return (
    <Empty title="Start by watching something" actions={(
      <>
        {may("checks:write") && <Link className="btn main" href="/checks/new">Add a check</Link>}
        {may("enrolment:write") && <Link className="btn" href="/settings/agents">Install an agent</Link>}
      </>
    )}>
      A check asks a site, a port, a host or a certificate every minute. An agent reports CPU, memory, disks and
      network of the machine it runs on.
    </Empty>
  );
}

const MOST_ALERTS = 8;

function Alerts({ alerts, total }: { alerts: Alert[]; total: number }) {
  if (alerts.length === 0) return null;
  return (
    <section className="block" aria-label="Alerts">
      <div className="block-head"><h2>Alerts</h2><Link className="more" href="/alerts">{total > alerts.length ? `${total - alerts.length} more, all ${total}` : "All alerts"}</Link></div>
      {alerts.map((alert) => <AlertRow key={alert.id} alert={alert} />)}
    </section>
  );
}

const worstFirst = { down: 0, unknown: 1, warn: 2, up: 3, paused: 4 };

export function byHealth<T extends { name: string }>(items: T[], health: (item: T) => CheckState): T[] {
  return [...items].sort((a, b) => worstFirst[health(a)] - worstFirst[health(b)] || a.name.localeCompare(b.name));
}

function Instances({ items }: { items: Instance[] }) {
  if (items.length === 0) return null;
  const shown = byHealth(items, (one) => one.health).slice(0, SHOWN);
  return (
    <section className="block" aria-label="Instances">
      <div className="block-head"><h2>Instances</h2>{items.length > SHOWN && <Link className="more" href="/instances">All {items.length}</Link>}</div>
      <InstanceTable items={shown} everySeconds={items.length > MOST_LIVE_INSTANCES ? 30 : undefined} />
    </section>
  );
}

function Checks({ items }: { items: Check[] }) {
  if (items.length === 0) return null;
  const shown = byHealth(items, stateOf).slice(0, SHOWN);
  return (
    <section className="block" aria-label="Checks">
      <div className="block-head"><h2>Checks</h2>{items.length > SHOWN && <Link className="more" href="/checks">All {items.length}</Link>}</div>
      <CheckTable items={shown} />
    </section>
  );
}

// Sections come from the top down, so that none pushes another away under the reader.
const settled = (from: { data?: unknown; problem?: unknown }) => from.data !== undefined || from.problem !== undefined;

export function OverviewPage() {
  useTitle("");
  const overview = useResource("overview", () => api.overview(), { everySeconds: 20 });
  const instances = useResource("instances", () => api.instances.list({ limit: 200 }), { everySeconds: 30 });
  const checks = useResource("checks", () => api.checks.list({ limit: 200 }), { everySeconds: 60 });
  const alerts = useResource("alerts/worst", () => api.alerts({ limit: MOST_ALERTS }), { everySeconds: 30 });
  const many = (instances.data?.items.length ?? 0) > MOST_LIVE_INSTANCES;
  useVitalsStream((instances.data?.items.length ?? 0) > 0 && !many);
  return (
    <Loaded from={overview}>
      {(data) => {
        const { tone, words } = verdict({ ...data, checks: statesOf(data.checks, checks.data) }, checks.data?.items.filter(checkWarning).length);
        return (
          <>
            <h1 className="verdict" aria-live="polite"><span className={tone}><Mark tone={tone} /></span>{words}</h1>
            {(data.alertmanagers ?? []).filter((one) => !one.answers).map((one) => (
              <div className="note warn" role="status" key={one.name} style={{ marginTop: 14 }}><strong>Alertmanager at {one.name} does not answer</strong> <span className="quiet">since <When time={one.since} />. Whom it tells, and what it silences, is not known.</span></div>
            ))}
            <Figures overview={data} list={checks.data} />
            {data.instances.total + data.checks.total === 0 && <section className="block"><FirstSteps /></section>}
            <div className="cols">
              <Alerts alerts={alerts.data?.items ?? []} total={data.alerts.firing + data.alerts.silenced + data.alerts.suppressed + data.alerts.pending} />
              {settled(alerts) && <Instances items={instances.data?.items ?? []} />}
              {settled(alerts) && settled(instances) && <Checks items={checks.data?.items ?? []} />}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
