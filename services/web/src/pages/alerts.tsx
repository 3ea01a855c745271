import { Link } from "../lib/router";
import { useMayEdit } from "../lib/user";
import { Head, useTitle } from "../parts/basics";
import { AlertsNow } from "./alerts_now";
import { Incidents } from "./incidents";
import { Rules } from "./rules";
import { Silences } from "./silences";

const TABS = [["now", "/alerts", "Now"], ["incidents", "/alerts/incidents", "Incidents"], ["rules", "/alerts/rules", "Rules"], ["silences", "/alerts/silences", "Silences"]] as const;

export function AlertsPage({ tab }: { tab: (typeof TABS)[number][0] }) {
  useTitle("Alerts");
  const mayEdit = useMayEdit();
  return (
    <>
      <Head title="Alerts">
        {mayEdit && tab === "rules" && <><Link className="btn" href="/alerts/rules/templates">From a template</Link><Link className="btn" href="/alerts/rules/import">Import</Link></>}
        {mayEdit && tab === "silences" && <Link className="btn main" href="/alerts/silences/new" data-key="n">Add silence</Link>}
        {mayEdit && tab !== "silences" && <Link className="btn main" href="/alerts/rules/new" data-key="n">Add rule</Link>}
      </Head>
      <nav className="tabs" aria-label="Alerts">{TABS.map(([key, href, words]) => <Link key={key} href={href} aria-current={key === tab ? "page" : undefined}>{words}</Link>)}</nav>
      {tab === "now" && <AlertsNow />}
      {tab === "incidents" && <Incidents />}
      {tab === "rules" && <Rules />}
      {tab === "silences" && <Silences />}
    </>
  );
}
