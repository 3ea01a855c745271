import type { ReactNode } from "react";
import type { Alert } from "../api/types";
import { exact } from "../lib/format";
import { Link } from "../lib/router";
import { silencedWords, silencePath, whyHeld } from "../lib/suppression";
import { useMay } from "../lib/user";
import { When } from "./basics";
import { Icon } from "./icon";
import { SeverityState, State } from "./state";

function Held({ by }: { by: NonNullable<Alert["suppressed_by"]> }) {
  const why = whyHeld(by);
  return <span className="why"><Icon name={why.icon} />{why.href ? <Link href={why.href}>{why.words}</Link> : why.words}</span>;
}

export function Silenced({ by }: { by: NonNullable<Alert["silenced_by"]> }) {
  const mayEdit = useMay()("silences:write");
  return <span className="why"><Icon name="quiet" />{mayEdit ? <Link href={silencePath(by.id)}>{silencedWords(by)}</Link> : silencedWords(by)}</span>;
}

function Taken({ by }: { by: NonNullable<Alert["acknowledgement"]> }) {
  return <span className="why"><Icon name="hand" />Acknowledged by {by.by || "somebody"}{by.expires_at && `, until ${exact(by.expires_at)}`}</span>;
}

export function AlertRow({ alert, children }: { alert: Alert; children?: ReactNode }) {
  const by = alert.suppressed_by;
  return (
    <div className={by || alert.silenced_by ? "alertrow held" : "alertrow"}>
      {alert.state === "pending" ? <State tone="unknown">Pending</State> : <SeverityState severity={alert.severity} />}
      <div>
        <Link href={alert.incident_id ? `/incidents/${alert.incident_id}` : `/alerts/${alert.id}`}>{alert.title}</Link> <span className="quiet">{alert.text}</span>
        {by && <Held by={by} />}{!by && alert.silenced_by && <Silenced by={alert.silenced_by} />}{alert.acknowledgement && <Taken by={alert.acknowledgement} />}
      </div>
      <span className="quiet small end"><When time={alert.active_since} />{children}</span>
    </div>
  );
}
