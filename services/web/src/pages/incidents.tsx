import { api } from "../api/client";
import { span } from "../lib/format";
import { useResource } from "../lib/resource";
import { Link, setQuery, useLocation } from "../lib/router";
import { Empty, Loaded, When } from "../parts/basics";
import { openRow } from "../parts/instance_table";
import { SeverityState, State } from "../parts/state";

export function Incidents() {
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
