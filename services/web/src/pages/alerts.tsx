import { useState } from "react";
import { api } from "../api/client";
import type { Rule } from "../api/types";
import { span } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { Link, setQuery, useLocation } from "../lib/router";
import { useMayEdit } from "../lib/user";
import { Chips, Confirm, Empty, Head, Loaded, say, useTitle, When } from "../parts/basics";
import { openRow } from "../parts/instance_table";
import { SeverityState, State } from "../parts/state";
import { AlertRow, byUrgency } from "./overview";

function Now() {
  const alerts = useResource("alerts", () => api.alerts({ limit: 100 }), { everySeconds: 15 });
  return (
    <Loaded from={alerts}>
      {({ items }) => {
        const firing = byUrgency(items).filter((one) => one.state === "firing");
        const pending = byUrgency(items).filter((one) => one.state === "pending");
        if (items.length === 0) {
          return <Empty title="No alert is firing" actions={<Link className="btn" href="/alerts/incidents">See past incidents</Link>}>What fires here is also sent to Alertmanager and by e-mail.</Empty>;
        }
        return (
          <>
            {firing.length > 0 && <section aria-label="Firing"><div className="block-head"><h2>Firing</h2></div>{firing.map((one) => <AlertRow key={one.id} alert={one} />)}</section>}
            {pending.length > 0 && <section className="block" aria-label="Pending"><div className="block-head"><h2>Pending</h2><span className="quiet small">True, but not yet for long enough</span></div>{pending.map((one) => <AlertRow key={one.id} alert={one} />)}</section>}
          </>
        );
      }}
    </Loaded>
  );
}

function Incidents() {
  const { query } = useLocation();
  const state = query.get("state") ?? "";
  const severity = query.get("severity") ?? "";
  const incidents = useResource(`incidents?${state}&${severity}`, () => api.incidents.list({ state, severity, limit: 200 }), { everySeconds: 30 });
  return (
    <>
      <div className="filters">
        <select aria-label="State" value={state} onChange={(event) => setQuery({ state: event.target.value })}><option value="">Open and resolved</option><option value="open">Open</option><option value="resolved">Resolved</option></select>
        <select aria-label="Severity" value={severity} onChange={(event) => setQuery({ severity: event.target.value })}><option value="">All severities</option><option value="critical">Critical</option><option value="warning">Warning</option><option value="info">Info</option></select>
      </div>
      <Loaded from={incidents}>
        {({ items }) => items.length === 0 ? <Empty title="No incidents">An incident opens when an alert rule fires, and keeps what happened and who was told.</Empty> : (
          <table className="table cards">
            <thead><tr><th style={{ width: 110 }}>State</th><th>Incident</th><th style={{ width: 110 }}>Severity</th><th className="num" style={{ width: 110 }}>Opened</th><th className="num" style={{ width: 110 }}>Lasted</th></tr></thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id} className="go" onClick={(event) => openRow(event, `/incidents/${one.id}`)}>
                  <td data-name="State">{one.state === "open" ? <State tone="down">Open</State> : <State tone="up">Resolved</State>}</td>
                  <td><Link className="name" href={`/incidents/${one.id}`}>{one.title || one.rule_name}</Link><span className="under cut">{one.rule_name}</span></td>
                  <td data-name="Severity"><SeverityState severity={one.severity} /></td>
                  <td data-name="Opened" className="num"><When time={one.opened_at} /></td>
                  <td data-name="Lasted" className="num">{one.resolved_at ? span((Date.parse(one.resolved_at) - Date.parse(one.opened_at)) / 1000) : span((Date.now() - Date.parse(one.opened_at)) / 1000)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </>
  );
}

function ruleWords(rule: Rule, checkNames: Map<string, string>): React.ReactNode {
  if (rule.kind === "threshold" || rule.kind === "promql") return <span className="mono">{rule.expr}</span>;
  if (rule.check_id) return `${checkNames.get(rule.check_id) ?? "Check"} is down`;
  const labels = Object.keys(rule.label_selector ?? {}).length > 0;
  if (rule.kind === "instance_silent") {
    return <>Any instance {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} sends nothing for {rule.for_seconds} s</>;
  }
  if (rule.kind === "location_silent") {
    return <>No check of a location {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} has a result for {rule.for_seconds} s</>;
  }
  return <>Any check {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} is down</>;
}

function Rules() {
  const mayEdit = useMayEdit();
  const rules = useResource("rules", () => api.rules.list({ limit: 500 }), { everySeconds: 60 });
  const checks = useResource("checks", () => api.checks.list({ limit: 200 }), { freshSeconds: 30 });
  const names = new Map((checks.data?.items ?? []).map((one) => [one.id, one.name]));
  const [deleting, setDeleting] = useState<Rule | null>(null);
  return (
    <Loaded from={rules}>
      {({ items }) => (
        <>
          {items.length === 0 ? (
            <Empty title="No rules yet" actions={mayEdit && <Link className="btn main" href="/alerts/rules/new">Add the first rule</Link>}>A rule says when to alert: a check that is down, or a metric beyond a limit.</Empty>
          ) : (
            <table className="table cards">
              <thead><tr><th>Rule</th><th>Fires when</th><th style={{ width: 80 }}>For</th><th style={{ width: 110 }}>Severity</th><th style={{ width: 90 }}>On</th>{mayEdit && <th><span className="hidden">Actions</span></th>}</tr></thead>
              <tbody>
                {items.map((rule) => (
                  <tr key={rule.id}>
                    <td><strong>{rule.name}</strong></td><td className="wide" style={{ overflowWrap: "anywhere" }}>{ruleWords(rule, names)}</td>
                    <td data-name="For">{span(rule.for_seconds)}</td><td data-name="Severity"><SeverityState severity={rule.severity} /></td><td data-name="On">{rule.enabled ? "Yes" : "Paused"}</td>
                    {mayEdit && <td className="rowacts wide"><Link className="btn bare tiny" href={`/alerts/rules/${rule.id}/edit`} aria-label={`Edit ${rule.name}`}>Edit</Link><button className="btn bare tiny" aria-label={`Delete ${rule.name}`} onClick={() => setDeleting(rule)}>Delete</button></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {deleting && (
            <Confirm title={`Delete ${deleting.name}?`} action="Delete rule" onClose={() => setDeleting(null)}
              onConfirm={async () => { await api.rules.remove(deleting.id); invalidate("rules", "alerts"); say("The rule is deleted."); }}>
              What fires because of it is resolved.
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}

export function AlertsPage({ tab }: { tab: "now" | "incidents" | "rules" }) {
  useTitle("Alerts");
  const mayEdit = useMayEdit();
  const tabs = [["now", "/alerts", "Now"], ["incidents", "/alerts/incidents", "Incidents"], ["rules", "/alerts/rules", "Rules"]] as const;
  return (
    <>
      <Head title="Alerts">{mayEdit && <Link className="btn main" href="/alerts/rules/new" data-key="n">Add rule</Link>}</Head>
      <nav className="tabs" aria-label="Alerts">{tabs.map(([key, href, words]) => <Link key={key} href={href} aria-current={key === tab ? "page" : undefined}>{words}</Link>)}</nav>
      {tab === "now" && <Now />}
      {tab === "incidents" && <Incidents />}
      {tab === "rules" && <Rules />}
    </>
  );
}
