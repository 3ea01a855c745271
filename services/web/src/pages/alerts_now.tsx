import type { ReactNode } from "react";
import { api } from "../api/client";
import type { Alert } from "../api/types";
import { silenceHref } from "../lib/matchers";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { splitHeld } from "../lib/suppression";
import { useMayEdit } from "../lib/user";
import { AlertRow, byUrgency } from "../parts/alert_row";
import { Empty, Loaded } from "../parts/basics";

function Section({ title, more, alerts, actions }: { title: string; more?: string; alerts: Alert[]; actions?: (alert: Alert) => ReactNode }) {
  if (alerts.length === 0) return null;
  return (
    <section className="block first" aria-label={title}>
      <div className="block-head"><h2>{title}</h2>{more && <span className="quiet small">{more}</span>}</div>
      {alerts.map((one) => <AlertRow key={one.id} alert={one}>{actions?.(one)}</AlertRow>)}
    </section>
  );
}

export function AlertsNow() {
  const mayEdit = useMayEdit();
  const alerts = useResource("alerts", () => api.alerts({ limit: 100 }), { everySeconds: 15 });
  const silence = (alert: Alert) => <Link className="btn tiny" href={silenceHref(alert.labels)} aria-label={`Silence ${alert.title}`}>Silence</Link>;
  return (
    <Loaded from={alerts}>
      {({ items }) => {
        const { firing, held, pending } = splitHeld(byUrgency(items));
        if (items.length === 0) {
          return <Empty title="No alert is firing" actions={<Link className="btn" href="/alerts/incidents">See past incidents</Link>}>What fires here is also sent to Alertmanager and by e-mail.</Empty>;
        }
        return (
          <>
            <Section title="Firing" alerts={firing} actions={mayEdit ? silence : undefined} />
            <Section title="Held back" more="True, and nobody is told of it" alerts={held} />
            <Section title="Pending" more="True, but not yet for long enough" alerts={pending} />
          </>
        );
      }}
    </Loaded>
  );
}
