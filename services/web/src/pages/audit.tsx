import { useState } from "react";
import { api } from "../api/client";
import type { AuditEntry } from "../api/types";
import { exact, moment } from "../lib/format";
import { useResource } from "../lib/resource";
import { setQuery, useLocation } from "../lib/router";
import { Empty, Loaded } from "../parts/basics";

const OBJECTS = ["agent", "check", "enrolment_token", "instance", "report", "report_schedule", "rule", "token", "user"];
const STEP = 50;

function Row({ entry }: { entry: AuditEntry }) {
  const who = entry.actor_name || (entry.actor_id ? `${entry.actor_kind} ${entry.actor_id}` : entry.actor_kind);
  return (
    <tr>
      <td data-name="Time" className="nowrap" title={exact(entry.at)}>{moment(entry.at)}</td>
      <td data-name="Who" style={{ overflowWrap: "anywhere" }}>{who}<span className="under">{[entry.actor_name && entry.actor_kind, entry.peer].filter(Boolean).join(" · ")}</span></td>
      <td data-name="What"><strong>{entry.action}</strong><span className="under mono cut">{entry.object_id}</span></td>
      <td className="wide">{Object.keys(entry.change).length > 0 && (
        <details><summary className="small quiet">Details</summary><pre className="code">{JSON.stringify(entry.change, null, 2)}</pre></details>
      )}</td>
    </tr>
  );
}

// Who changed what, as it was recorded with each change.
export function Audit() {
  const { query } = useLocation();
  const [most, setMost] = useState(STEP);
  const action = query.get("action") ?? "";
  const actor = query.get("actor") ?? "";
  const audit = useResource(`audit/${action}/${actor}/${most}`, () => api.audit({ action, actor, limit: most }), { everySeconds: 30 });
  return (
    <>
      <div className="filters">
        <form className="grow" onSubmit={(event) => { event.preventDefault(); setQuery({ actor: String(new FormData(event.currentTarget).get("actor")) }); }}>
          <input key={actor} type="search" name="actor" aria-label="Who" placeholder="Who: e-mail address or name of a token" defaultValue={actor} />
        </form>
        <select aria-label="What" value={action} onChange={(event) => setQuery({ action: event.target.value })}>
          <option value="">Everything</option>
          {OBJECTS.map((one) => <option key={one} value={one}>{one.replace("_", " ")}</option>)}
        </select>
      </div>
      <Loaded from={audit}>
        {({ items, next_cursor }) => items.length === 0 ? <Empty title="Nothing was changed like this" /> : (
          <>
            <table className="table cards">
              <thead><tr><th style={{ width: 130 }}>Time</th><th>Who</th><th>What</th><th style={{ width: "40%" }}><span className="hidden">Details</span></th></tr></thead>
              <tbody>{items.map((one) => <Row key={one.id} entry={one} />)}</tbody>
            </table>
            {next_cursor && most < 1000 && <p style={{ marginTop: 10 }}><button className="btn tiny" onClick={() => setMost(Math.min(1000, most * 2))}>Show more</button></p>}
          </>
        )}
      </Loaded>
    </>
  );
}
