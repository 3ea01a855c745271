import { api } from "../api/client";
import type { IncidentEvent, Labels } from "../api/types";
import { count, exact, span } from "../lib/format";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { numberOf } from "../lib/series";
import { useMayEdit } from "../lib/user";
import { Chips, Head, Loaded, useTitle, When } from "../parts/basics";
import { Mark, SeverityState, State, type Tone } from "../parts/state";

const WORDS: Record<string, string> = { opened: "Opened", resolved: "Resolved", notified: "Notified" };
const toneOf = (event: IncidentEvent): Tone => (event.kind === "opened" ? "down" : event.kind === "resolved" ? "up" : "unknown");

// The check or the machine that an incident is about, where its labels name one.
export function subjectOf(labels: Labels): { kind: string; name: string; href: string } | null {
  const check = labels["check_id"];
  if (check) return { kind: "Check", name: labels["check"] || "open", href: `/checks/${check}` };
  const instance = labels["instance_id"] || labels["server_id"];
  if (instance) return { kind: "Instance", name: labels["instance"] || labels["host"] || "open", href: `/instances/${instance}` };
  return null;
}

export function IncidentPage({ id }: { id: string }) {
  const mayEdit = useMayEdit();
  const incident = useResource(`incident/${id}`, () => api.incidents.one(id), { everySeconds: 20 });
  useTitle(incident.data?.title ?? "Incident");
  return (
    <Loaded from={incident}>
      {(data) => {
        const about = subjectOf(data.labels ?? {});
        return (
        <>
          <Head title={data.title || data.rule_name} crumb={<Link href="/alerts/incidents">Incidents</Link>} />
          <dl className="facts">
            <div><dt>State</dt><dd>{data.state === "open" ? <State tone="down">Open</State> : <State tone="up">Resolved</State>}</dd></div>
            <div><dt>Severity</dt><dd><SeverityState severity={data.severity} /></dd></div>
            <div><dt>Opened</dt><dd><When time={data.opened_at} /></dd></div>
            <div><dt>{data.resolved_at ? "Lasted" : "Lasting"}</dt><dd>{span(((data.resolved_at ? Date.parse(data.resolved_at) : Date.now()) - Date.parse(data.opened_at)) / 1000)}</dd></div>
            <div><dt>Rule</dt><dd>{data.rule_id && mayEdit ? <Link href={`/alerts/rules/${data.rule_id}/edit`}>{data.rule_name}</Link> : data.rule_name}</dd></div>
            {about && <div><dt>{about.kind}</dt><dd><Link href={about.href}>{about.name}</Link></dd></div>}
            {!data.labels?.["check_id"] && numberOf(data.value) !== null && <div><dt>Value</dt><dd>{count(numberOf(data.value))}</dd></div>}
            {Object.keys(data.labels ?? {}).length > 0 && <div className="wide"><dt>Labels</dt><dd><Chips labels={data.labels} /></dd></div>}
          </dl>
          <section className="block" aria-label="What happened">
            <div className="block-head"><h2>What happened</h2></div>
            <ol className="timeline">
              {(data.events ?? []).map((event, index) => (
                <li key={index}><Mark tone={toneOf(event)} /><p><strong>{WORDS[event.kind] ?? event.kind}</strong>{event.text && <> · {event.text}</>}</p><div className="small quiet">{exact(event.at)} · <When time={event.at} /></div></li>
              ))}
            </ol>
            {(data.events ?? []).length === 0 && <p className="quiet">Nothing is recorded.</p>}
          </section>
        </>
        );
      }}
    </Loaded>
  );
}
