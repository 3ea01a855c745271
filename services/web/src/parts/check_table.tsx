import { api } from "../api/client";
import type { Check } from "../api/types";
import { kindName } from "../lib/check_types";
import { latency } from "../lib/format";
import { inLine } from "../lib/latest";
import { useResource } from "../lib/resource";
import { checkReason, checkWarning, sinceOf, stateOf, tookOf } from "../lib/result";
import { Link } from "../lib/router";
import { When } from "./basics";
import { Strip } from "./gauges";
import { openRow } from "./instance_table";
import { MaintenanceBadge } from "./maintenance";
import { Flapping, HealthState } from "./state";

function Row({ check, actions }: { check: Check; actions?: React.ReactNode }) {
  const href = `/checks/${check.id}`;
  const warning = checkWarning(check);
  const reason = checkReason(check);
  const since = sinceOf(check);
  const results = useResource(`strip/${check.id}`,
    () => inLine(() => api.checks.results(check.id, { limit: 30 }).then((page) => page.items)), { freshSeconds: 60 });
  return (
    <tr className="go" onClick={(event) => openRow(event, href)}>
      <td data-name="State"><HealthState health={check.status} paused={!check.enabled} warning={warning} /></td>
      <td><Link className="name" href={href}>{check.name}</Link> <Flapping check={check} /> <MaintenanceBadge of={check} />
        <span className="under cut"><span className="mono">{check.target}</span></span>
        {reason && <span className={`under cut ${stateOf(check)}`} title={reason}>{reason}</span>}</td>
      <td data-name="Kind" className="small">{kindName(check.kind)}</td>
      <td className="wide"><Strip results={results.data ?? []} /></td>
      <td data-name="Took" className="num">{latency(tookOf(check.last_result))}</td>
      <td data-name="Since" className="num small quiet">{since ? <When time={since} /> : "–"}</td>
      {actions !== undefined && <td className="rowacts wide">{actions}</td>}
    </tr>
  );
}

export function CheckTable({ items, actions }: { items: Check[]; actions?: (check: Check) => React.ReactNode }) {
  return (
    <table className="table cards">
      <thead>
        <tr>
          <th style={{ width: 122 }}>State</th><th>Check</th><th style={{ width: 92 }}>Kind</th><th style={{ width: "30%" }}>Last results</th>
          <th className="num" style={{ width: 84 }}>Took</th><th className="num" style={{ width: 96 }}>Since</th>
          {actions && <th><span className="hidden">Actions</span></th>}
        </tr>
      </thead>
      <tbody>{items.map((one) => <Row key={one.id} check={one} actions={actions?.(one)} />)}</tbody>
    </table>
  );
}
