import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { Wanted } from "../api/described";
import type { Incident } from "../api/types";
import { allPages, useGrowing } from "../lib/all_pages";
import { plural, span } from "../lib/format";
import { incidentState, lasted, STATE_TONES, STATE_WORDS } from "../lib/incident";
import { DAYS, isNarrowed, labelOf, rangeOf, readFilter, type IncidentFilter } from "../lib/incident_filter";
import { personName, usePeople } from "../lib/people";
import { useResource } from "../lib/resource";
import { Link, setQuery, useLocation } from "../lib/router";
import { useMay } from "../lib/user";
import { Empty, Loaded, ShownOf, When } from "../parts/basics";
import { openRow } from "../parts/instance_table";
import { SeverityState, State } from "../parts/state";

// How fast people were, in the range that is chosen.
function Figures({ days }: { days: number }) {
  const summary = useResource(`incidents/summary?${days}`, () => api.incidents.summary(rangeOf(days)), { everySeconds: 60 });
  const figures = summary.data;
  const all = figures ? plural(figures.opened, "incident") : "–";
  return (
    <dl className="facts strip-facts" aria-label="Figures of the time range">
      <div><dt>In this time</dt><dd>{all}</dd></div>
      <div title="Mean time to acknowledge"><dt>Acknowledged after (MTTA)</dt><dd>{span(figures?.mtta_seconds)}</dd></div>
      <div title="Mean time to resolve"><dt>Resolved after (MTTR)</dt><dd>{span(figures?.mttr_seconds)}</dd></div>
    </dl>
  );
}

function LabelFilter({ value }: { value: string }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const set = (next: string) => {
    setText(next);
    const label = labelOf(next);
    if (label || !next.trim()) setQuery({ label });
  };
  return <input type="search" className="narrow" aria-label="Label" placeholder="team=shop" value={text} spellCheck={false} onChange={(event) => set(event.target.value)} />;
}

function Filters({ filter }: { filter: IncidentFilter }) {
  const may = useMay();
  const rules = useResource(may("rules:read") ? "rules/all" : null, () => allPages(api.rules.list), { freshSeconds: 60 });
  const names = (usePeople() ?? []).map((one): [string, string] => [one.id, personName(one)]);
  const select = (name: keyof IncidentFilter, label: string, options: [string, string][]) => (
    <select aria-label={label} value={String(filter[name])} onChange={(event) => setQuery({ [name]: event.target.value })}>
      {options.map(([key, words]) => <option key={key} value={key}>{words}</option>)}
    </select>
  );
  return (
    <div className="filters">
      {select("days", "Time range", DAYS.map(([days, words]) => [String(days), words]))}
      {select("state", "State", [["", "Any state"], ["open", "Open"], ["acknowledged", "Acknowledged"], ["resolved", "Resolved"]])}
      {select("severity", "Severity", [["", "Any severity"], ["critical", "Critical"], ["warning", "Warning"], ["info", "Info"]])}
      {rules.data && select("rule_id", "Rule", [["", "Any rule"], ...rules.data.items.map((one): [string, string] => [one.id, one.name])])}
      {names.length > 0 && select("assignee", "Assigned to", [["", "Assigned to anybody"], ...names])}
      <LabelFilter value={filter.label} />
    </div>
  );
}

function Row({ one }: { one: Incident }) {
  const state = incidentState(one);
  return (
    <tr className="go" onClick={(event) => openRow(event, `/incidents/${one.id}`)}>
      <td data-name="State"><State tone={STATE_TONES[state]}>{STATE_WORDS[state]}</State></td>
      <td><Link className="name" href={`/incidents/${one.id}`}>{one.title || one.rule_name}</Link>{one.drill && <> <span className="badge">Drill</span></>}{one.silenced_by && <> <span className="badge">Silenced</span></>}<span className="under cut">{one.rule_name}</span></td>
      <td data-name="Severity"><SeverityState severity={one.severity} /></td>
      <td data-name="Assigned to" className="small">{one.assignee?.name ?? <span className="quiet">–</span>}</td>
      <td data-name="Opened" className="num"><When time={one.opened_at} /></td>
      <td data-name="Lasted" className="num">{span(lasted(one))}</td>
    </tr>
  );
}

export function Incidents() {
  const { query } = useLocation();
  const filter = readFilter(query);
  const { days, ...asked } = filter;
  const may = useMay();
  // What is not over yet is shown however long ago it began.
  const range = filter.state === "open" || filter.state === "acknowledged" ? {} : rangeOf(days);
  const { from: incidents, showMore } = useGrowing(`incidents?${JSON.stringify(filter)}`, (page) => api.incidents.list({ ...asked, label: asked.label ? [asked.label] : undefined, ...range, ...page } as Wanted<"/incidents">), { everySeconds: 30 });
  return (
    <>
      <Filters filter={filter} />
      {may("incidents:read") && <Figures days={days} />}
      <Loaded from={incidents}>
        {({ items, more }) => items.length === 0 ? (
          isNarrowed(filter) ? <Empty title="No incident fits" actions={<Link className="btn" href="/alerts/incidents">Show all</Link>}>Widen the filters, or the time range.</Empty>
            : <Empty title="No incidents">An incident opens when an alert rule fires, and keeps what happened and who was told.</Empty>
        ) : (<>
          <table className="table cards">
            <thead><tr><th style={{ width: 130 }}>State</th><th>Incident</th><th style={{ width: 110 }}>Severity</th><th style={{ width: 140 }}>Assigned to</th><th className="num" style={{ width: 110 }}>Opened</th><th className="num" style={{ width: 110 }}>Lasted</th></tr></thead>
            <tbody>{items.map((one) => <Row key={one.id} one={one} />)}</tbody>
          </table>
          {more && <ShownOf shown={items.length} what="incident" onMore={showMore} />}
        </>)}
      </Loaded>
    </>
  );
}
