import { useState } from "react";
import { api } from "../api/client";
import type { MaintenanceWindow } from "../api/alerting_types";
import { allPages } from "../lib/all_pages";
import { exact } from "../lib/format";
import { edgeOf, phaseOf, whenWords, type Phase } from "../lib/maintenance";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Chips, Confirm, Empty, Loaded, say, When } from "../parts/basics";

// Times in which nobody is told of what begins.

const GROUPS: [Phase, string, string][] = [["active", "Active", "Ends"], ["coming", "Coming", "Begins"], ["past", "Past", "Ended"]];

function Row({ one, when, onEnd }: { one: MaintenanceWindow; when: string; onEnd: () => void }) {
  const mayEdit = useMay()("maintenance:write");
  const time = edgeOf(one);
  return (
    <tr>
      <td className="wide"><strong>{one.name}</strong>{one.description && <span className="under anywhere">{one.description}</span>}</td>
      <td className="wide" data-name="About">{one.everything ? "Everything" : <Chips labels={one.selector} />}</td>
      <td data-name="When" className="small">{whenWords(one)}{one.recurrence && <span className="under">{one.recurrence.time_zone}</span>}{!one.counts_in_sla && <span className="under">no part of availability</span>}</td>
      <td data-name={when} title={exact(time)}>{time ? <When time={time} /> : "–"}</td>
      {mayEdit && <td className="rowacts wide"><Link className="btn bare tiny" href={`/alerts/maintenance/${one.id}/edit`} aria-label={`Edit ${one.name}`}>Edit</Link><button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={onEnd}>Delete</button></td>}
    </tr>
  );
}

export function Maintenance() {
  const mayEdit = useMay()("maintenance:write");
  const windows = useResource("maintenance", () => allPages(api.maintenance.list), { everySeconds: 30 });
  const [deleting, setDeleting] = useState<MaintenanceWindow | null>(null);
  return (
    <Loaded from={windows}>
      {({ items }) => (
        <>
          {items.length === 0 && <Empty title="No maintenance windows" actions={mayEdit && <Link className="btn main" href="/alerts/maintenance/new">Plan maintenance</Link>}>While a window is open everything goes on being measured and shown, and nobody is paged for what begins in it.</Empty>}
          {GROUPS.map(([phase, title, when]) => {
            const rows = items.filter((one) => phaseOf(one) === phase);
            return rows.length > 0 && (
              <section className="block first" key={phase} aria-label={title}>
                <div className="block-head"><h2>{title}</h2></div>
                <table className="table cards">
                  <thead><tr><th>Window</th><th style={{ width: "24%" }}>About</th><th style={{ width: "26%" }}>When</th><th style={{ width: 110 }}>{when}</th>{mayEdit && <th style={{ width: 120 }}><span className="hidden">Actions</span></th>}</tr></thead>
                  <tbody>{rows.map((one) => <Row key={one.id} one={one} when={when} onEnd={() => setDeleting(one)} />)}</tbody>
                </table>
              </section>
            );
          })}
          {deleting && (
            <Confirm title={`Delete ${deleting.name}?`} action="Delete window" onClose={() => setDeleting(null)} onConfirm={async () => { await api.maintenance.remove(deleting.id); invalidate("maintenance", "alerts"); say("The window is deleted."); }}>
              {deleting.active ? "It ends now: what still fires is told." : "It will not open again."}
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}
