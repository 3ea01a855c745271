import type { ReactNode } from "react";
import type { Alert } from "../api/types";
import { Link } from "../lib/router";
import { whyHeld } from "../lib/suppression";
import { When } from "./basics";
import { Icon } from "./icon";
import { SeverityState, State } from "./state";

const SEVERITIES = ["critical", "warning", "info"];

// What fires before what may, what people are told of before what is held back, the worst first, the newest first.
export function byUrgency(alerts: Alert[]): Alert[] {
  const place = (one: Alert) => (one.state !== "firing" ? 2 : one.suppressed_by ? 1 : 0);
  return [...alerts].sort((a, b) =>
    place(a) - place(b) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.active_since.localeCompare(a.active_since));
}

function Held({ by }: { by: NonNullable<Alert["suppressed_by"]> }) {
  const why = whyHeld(by);
  return <span className="why"><Icon name={why.icon} />{why.href ? <Link href={why.href}>{why.words}</Link> : why.words}</span>;
}

export function AlertRow({ alert, children }: { alert: Alert; children?: ReactNode }) {
  const href = alert.incident_id ? `/incidents/${alert.incident_id}` : alert.state === "firing" && alert.suppressed_by ? `/alerts/${alert.id}` : null;
  const by = alert.suppressed_by;
  return (
    <div className={by ? "alertrow held" : "alertrow"}>
      {alert.state === "pending" ? <State tone="unknown">Pending</State> : <SeverityState severity={alert.severity} />}
      <div>{href ? <Link href={href}>{alert.title}</Link> : <b>{alert.title}</b>} <span className="quiet">{alert.text}</span>{by && <Held by={by} />}</div>
      <span className="quiet small end"><When time={alert.active_since} />{children}</span>
    </div>
  );
}
