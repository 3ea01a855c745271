import { lazy, Suspense } from "react";
import { api } from "../api/client";
import type { Incident, IncidentEvent, Labels } from "../api/types";
import { count, exact, span } from "../lib/format";
import { eventText, incidentState, lasted, lookOf, STATE_TONES, STATE_WORDS } from "../lib/incident";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { numberOf } from "../lib/series";
import { silencedWords, silencePath } from "../lib/suppression";
import { useMay } from "../lib/user";
import { Chips, Head, Loaded, useTitle, When } from "../parts/basics";
import { WhyPaged } from "../parts/explain";
import { Icon } from "../parts/icon";
import { IncidentActions } from "../parts/incident_actions";
import { SeverityState, State } from "../parts/state";
import { ToldTable } from "../parts/told";

// Charts come in a chunk of their own.
const BandCharts = lazy(() => import("../parts/band_charts").then((part) => ({ default: part.BandCharts })));

// The check or the machine that an incident is about, where its labels name one.
export function subjectOf(labels: Labels): { kind: string; name: string; href: string } | null {
  const check = labels["check_id"];
  if (check) return { kind: "Check", name: labels["check"] || "open", href: `/checks/${check}` };
  const instance = labels["instance_id"] || labels["server_id"];
  if (instance) return { kind: "Instance", name: labels["instance"] || labels["host"] || "open", href: `/instances/${instance}` };
  return null;
}

function Facts({ incident }: { incident: Incident }) {
  const mayEdit = useMay()("rules:write");
  const state = incidentState(incident);
  const labels = incident.labels ?? {};
  const about = subjectOf(labels);
  const answered = incident.time_to_acknowledge_seconds;
  return (
    <dl className="facts">
      <div><dt>State</dt><dd><State tone={STATE_TONES[state]}>{STATE_WORDS[state]}</State></dd></div>
      <div><dt>Severity</dt><dd><SeverityState severity={incident.severity} /></dd></div>
      <div><dt>Assigned to</dt><dd>{incident.assignee?.name ?? <span className="quiet">Nobody</span>}</dd></div>
      <div><dt>Opened</dt><dd><When time={incident.opened_at} /></dd></div>
      {answered !== null && answered !== undefined && <div><dt>Acknowledged after</dt><dd>{span(answered)}</dd></div>}
      <div><dt>{incident.resolved_at ? "Lasted" : "Lasting"}</dt><dd>{span(lasted(incident))}</dd></div>
      <div><dt>Rule</dt><dd>{incident.rule_id && mayEdit ? <Link href={`/alerts/rules/${incident.rule_id}/edit`}>{incident.rule_name}</Link> : incident.rule_name}</dd></div>
      {about && <div><dt>{about.kind}</dt><dd><Link href={about.href}>{about.name}</Link></dd></div>}
      {!labels["check_id"] && numberOf(incident.value) !== null && <div><dt>Value</dt><dd>{count(numberOf(incident.value))}</dd></div>}
      {Object.keys(labels).length > 0 && <div className="wide"><dt>Labels</dt><dd><Chips labels={labels} /></dd></div>}
    </dl>
  );
}

const HOURS_BEFORE = 6;

// Of an incident about something unusual: what was, and what is usual then.
function Unusual({ incident }: { incident: Incident }) {
  const may = useMay();
  const rule = useResource(incident.rule_id && may("rules:read") ? `rule/${incident.rule_id}` : null, () => api.rules.one(incident.rule_id as string), { freshSeconds: 60 }).data;
  if (rule?.kind !== "anomaly") return null;
  const end = incident.resolved_at ? Date.parse(incident.resolved_at) + 1_800_000 : Date.now();
  const minute = (ms: number) => Math.round(ms / 60_000) * 60_000;
  return <Suspense fallback={null}><BandCharts ruleId={rule.id} labels={incident.labels} fromMs={minute(Date.parse(incident.opened_at)) - HOURS_BEFORE * 3_600_000} toMs={minute(end)} /></Suspense>;
}

function Acknowledged({ incident }: { incident: Incident }) {
  const ack = incident.acknowledgement;
  if (!ack || incidentState(incident) !== "acknowledged") return null;
  return (
    <div className="note warn" role="status">
      <strong>{ack.by || "Somebody"} is at it</strong> <span className="quiet">since <When time={ack.at} />{ack.expires_at ? <>, until {exact(ack.expires_at)}</> : ", until it is resolved"}{ack.sticky ? ", also when it gets worse" : ""}</span>
      {ack.comment && <p className="prose">{ack.comment}</p>}
    </div>
  );
}

function Timeline({ events }: { events: IncidentEvent[] }) {
  return (
    <section className="block" aria-label="What happened">
      <div className="block-head"><h2>What happened</h2></div>
      <ol className="timeline icons">
        {events.map((event, index) => {
          const look = lookOf(event);
          return (
            <li key={index} data-kind={event.kind}>
              <span className={`bead ${look.tone ?? ""}`}><Icon name={look.icon} /></span>
              <p className="prose"><strong>{look.words}</strong>{event.by && <> by {event.by}</>}{eventText(event) && <> · {eventText(event)}</>}</p>
              <div className="small quiet">{exact(event.at)} · <When time={event.at} /></div>
            </li>
          );
        })}
      </ol>
      {events.length === 0 && <p className="quiet">Nothing is recorded.</p>}
    </section>
  );
}

export function IncidentPage({ id }: { id: string }) {
  const may = useMay();
  const mayEdit = may("silences:write");
  const incident = useResource(`incident/${id}`, () => api.incidents.one(id), { everySeconds: 20 });
  useTitle(incident.data?.title ?? "Incident");
  return (
    <Loaded from={incident}>
      {(data) => (
        <>
          <Head title={data.title || data.rule_name} crumb={<Link href="/alerts/incidents">Incidents</Link>}
            sub={data.drill ? "A drill: nothing is wrong, the way of an alert is tried." : undefined}>
            <IncidentActions incident={data} />
          </Head>
          <Acknowledged incident={data} />
          {data.silenced_by && <div className="note" role="status"><strong>{silencedWords(data.silenced_by)}</strong>{mayEdit && <p className="actions"><Link className="btn tiny" href={silencePath(data.silenced_by.id)}>Extend</Link></p>}</div>}
          <Facts incident={data} />
          {may("incidents:read") && <WhyPaged id={id} />}
          <Unusual incident={data} />
          {data.notifications && <ToldTable rows={data.notifications} over={data.state === "resolved"} />}
          <Timeline events={data.events ?? []} />
        </>
      )}
    </Loaded>
  );
}
