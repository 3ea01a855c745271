import { type ReactNode, useState } from "react";
import { api } from "../api/client";
import type { Alert } from "../api/types";
import { useGrowing } from "../lib/all_pages";
import { silenceHref } from "../lib/matchers";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useSettled } from "../lib/settled";
import { silencePath, splitHeld } from "../lib/suppression";
import { useMay } from "../lib/user";
import { AlertRow } from "../parts/alert_row";
import { Empty, Loaded, ShownOf } from "../parts/basics";

const FEW = 10; // are found by looking

function Section({ title, more, alerts, total, actions }: { title: string; more?: string; alerts: Alert[]; total?: number; actions?: (alert: Alert) => ReactNode }) {
  if (alerts.length === 0) return null;
  return (
    <section className="block first" aria-label={title}>
      <div className="block-head"><h2>{title} <span className="quiet">{total ?? alerts.length}</span></h2>{more && <span className="quiet small">{more}</span>}</div>
      {alerts.map((one) => <AlertRow key={one.id} alert={one}>{actions?.(one)}</AlertRow>)}
    </section>
  );
}

export function AlertsNow() {
  const may = useMay();
  const mayEdit = may("silences:write");
  const [find, setFind] = useState("");
  const q = useSettled(find.trim(), 300);
  const { from, showMore } = useGrowing(`alerts?${q}`, (query) => api.alerts({ ...query, ...(q ? { q } : {}) }), { everySeconds: 15 });
  const overview = useResource(may("overview:read") ? "overview" : null, () => api.overview(), { everySeconds: 20 });
  const silence = (alert: Alert) => alert.silenced_by ? <Link className="btn tiny" href={silencePath(alert.silenced_by.id)} aria-label={`Extend the silence of ${alert.title}`}>Extend</Link> : <Link className="btn tiny" href={silenceHref(alert.labels)} aria-label={`Silence ${alert.title}`}>Silence</Link>;
  return (
    <Loaded from={from}>
      {({ items, more }) => {
        if (items.length === 0 && !find && !q) {
          return <Empty title="No alert is firing" actions={<Link className="btn" href="/alerts/incidents">See past incidents</Link>}>What fires here is also sent to Alertmanager and by e-mail.</Empty>;
        }
        const { firing, silenced, held, pending } = splitHeld(items);
        // Of those that are not all here the server knows how many there are.
        const all = more && !q ? overview.data?.alerts : undefined;
        return (
          <>
            {(items.length > FEW || find) && <div className="filters" role="search"><input className="grow" type="search" placeholder="Find by title, rule or a label's value" aria-label="Find alerts" value={find} onChange={(event) => setFind(event.target.value)} /></div>}
            {items.length === 0 && <Empty title="No alert fits" />}
            <Section title="Firing" alerts={firing} total={all?.firing} actions={mayEdit ? silence : undefined} />
            <Section title="Silenced" more="True, and nobody is told of it until the silence ends" alerts={silenced} total={all?.silenced} actions={mayEdit ? silence : undefined} />
            <Section title="Held back" more="True, and nobody is told of it" alerts={held} total={all?.suppressed} />
            <Section title="Pending" more="True, but not yet for long enough" alerts={pending} total={all?.pending} />
            {more && <ShownOf shown={items.length} total={all && all.firing + all.silenced + all.suppressed + all.pending} what="alert" onMore={showMore} />}
          </>
        );
      }}
    </Loaded>
  );
}
