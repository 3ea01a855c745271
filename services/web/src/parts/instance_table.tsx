import type { Instance } from "../api/types";
import { count } from "../lib/format";
import { useVitals } from "../lib/latest";
import { Link, navigate } from "../lib/router";
import { When } from "./basics";
import { Spark, Usage } from "./gauges";
import { MaintenanceBadge } from "./maintenance";
import { HealthState } from "./state";

// A click anywhere in a row opens it; the link in it is what the keyboard uses.
export function openRow(event: React.MouseEvent, href: string): void {
  if ((event.target as HTMLElement).closest("a, button, input") || window.getSelection()?.toString()) return;
  navigate(href);
}

function Row({ instance, everySeconds, actions }: { instance: Instance; everySeconds?: number; actions?: React.ReactNode }) {
  const vitals = useVitals(instance.id, everySeconds);
  const href = `/instances/${instance.id}`;
  return (
    <tr className="go" onClick={(event) => openRow(event, href)}>
      <td data-name="State"><HealthState health={instance.health} /></td>
      <td><Link className="name" href={href}>{instance.name || instance.hostname}</Link> <MaintenanceBadge of={instance} />
        <span className="under cut">{[instance.ip_address, instance.os].filter(Boolean).join(" · ") || instance.hostname}</span></td>
      <td data-name="CPU"><Usage share={vitals.cpu} /></td>
      <td data-name="CPU, 10 min" style={{ minWidth: 96 }}><Spark values={vitals.cpuHistory} top={0.2} /></td>
      <td data-name="Memory"><Usage share={vitals.memory} /></td>
      <td data-name="Fullest disk"><Usage share={vitals.disk} /></td>
      <td data-name="Load" className="num">{vitals.load === null ? <span className="usage none">–</span> : count(vitals.load)}</td>
      <td data-name="Last seen" className="num small quiet"><When time={vitals.at ? vitals.at * 1000 : instance.last_seen} /></td>
      {actions !== undefined && <td className="rowacts wide">{actions}</td>}
    </tr>
  );
}

export function InstanceTable({ items, everySeconds, actions }: {
  items: Instance[]; everySeconds?: number; actions?: (instance: Instance) => React.ReactNode;
}) {
  return (
    <table className="table cards">
      <thead>
        <tr>
          <th style={{ width: 106 }}>State</th><th>Instance</th><th style={{ width: "13%" }}>CPU</th><th style={{ width: "12%" }}>10 min</th>
          <th style={{ width: "13%" }}>Memory</th><th style={{ width: "13%" }}>Fullest disk</th>
          <th className="num" style={{ width: 64 }}>Load</th><th className="num" style={{ width: 96 }}>Last seen</th>
          {actions && <th><span className="hidden">Actions</span></th>}
        </tr>
      </thead>
      <tbody>
        {items.map((one) => <Row key={one.id} instance={one} everySeconds={everySeconds} actions={actions?.(one)} />)}
      </tbody>
    </table>
  );
}
