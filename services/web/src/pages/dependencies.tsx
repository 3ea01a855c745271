import { useState } from "react";
import { api } from "../api/client";
import type { Dependency } from "../api/alerting_types";
import { allPages } from "../lib/all_pages";
import { useChecksById } from "../lib/checks";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Confirm, Empty, Loaded, say } from "../parts/basics";
import { Child, Parents, checksIn } from "../parts/dependencies";

export function Dependencies() {
  const mayEdit = useMay()("dependencies:write");
  const dependencies = useResource("dependencies", () => allPages(api.dependencies.list), { everySeconds: 60 });
  const checks = useChecksById(checksIn(dependencies.data?.items ?? []));
  const [deleting, setDeleting] = useState<Dependency | null>(null);
  return (
    <Loaded from={dependencies}>
      {({ items }) => items.length === 0 ? (
        <Empty title="No dependencies" actions={mayEdit && <Link className="btn main" href="/alerts/dependencies/new">Add a dependency</Link>}>When a switch is down, all behind it is. A dependency says so, and one page tells it instead of many.</Empty>
      ) : (
        <>
          <table className="table cards">
            <thead><tr><th style={{ width: "30%" }}>Dependency</th><th>What depends</th><th>On</th>{mayEdit && <th style={{ width: 120 }}><span className="hidden">Actions</span></th>}</tr></thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <td className="wide anywhere"><strong>{one.name}</strong></td>
                  <td data-name="What depends" className="wide"><Child one={one} checks={checks} /></td>
                  <td data-name="On" className="wide"><Parents ids={one.parents} checks={checks} /></td>
                  {mayEdit && <td className="rowacts wide"><Link className="btn bare tiny" href={`/alerts/dependencies/${one.id}/edit`} aria-label={`Edit ${one.name}`}>Edit</Link><button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button></td>}
                </tr>
              ))}
            </tbody>
          </table>
          {deleting && (
            <Confirm title={`Delete ${deleting.name}?`} action="Delete dependency" onClose={() => setDeleting(null)} onConfirm={async () => { await api.dependencies.remove(deleting.id); invalidate("dependencies", "alerts"); say("The dependency is deleted."); }}>
              What it held back, and still fires, is told.
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}
