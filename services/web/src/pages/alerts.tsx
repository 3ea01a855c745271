import { Link } from "../lib/router";
import { useMayEdit } from "../lib/user";
import { Head, useTitle } from "../parts/basics";
import { DrillButton } from "../parts/drill_button";
import { AlertsNow } from "./alerts_now";
import { Dependencies } from "./dependencies";
import { Drills } from "./drills";
import { Incidents } from "./incidents";
import { Maintenance } from "./maintenance";
import { Rules } from "./rules";
import { Silences } from "./silences";

const TABS = [
  ["now", "/alerts", "Now"], ["incidents", "/alerts/incidents", "Incidents"], ["rules", "/alerts/rules", "Rules"], ["silences", "/alerts/silences", "Silences"],
  ["maintenance", "/alerts/maintenance", "Maintenance"], ["dependencies", "/alerts/dependencies", "Dependencies"], ["drills", "/alerts/drills", "Drills"],
] as const;

type Tab = (typeof TABS)[number][0];
const ADDS: Partial<Record<Tab, [string, string]>> = {
  silences: ["/alerts/silences/new", "Add silence"], maintenance: ["/alerts/maintenance/new", "Plan maintenance"], dependencies: ["/alerts/dependencies/new", "Add dependency"],
};

export function AlertsPage({ tab }: { tab: Tab }) {
  useTitle("Alerts");
  const mayEdit = useMayEdit();
  const adds = ADDS[tab] ?? ["/alerts/rules/new", "Add rule"];
  return (
    <>
      <Head title="Alerts">
        {mayEdit && tab === "rules" && <><Link className="btn" href="/alerts/rules/templates">From a template</Link><Link className="btn" href="/alerts/rules/import">Import</Link></>}
        {mayEdit && (tab === "drills" ? <DrillButton /> : <Link className="btn main" href={adds[0]} data-key="n">{adds[1]}</Link>)}
      </Head>
      <nav className="tabs" aria-label="Alerts">{TABS.map(([key, href, words]) => <Link key={key} href={href} aria-current={key === tab ? "page" : undefined}>{words}</Link>)}</nav>
      {tab === "now" && <AlertsNow />}
      {tab === "incidents" && <Incidents />}
      {tab === "rules" && <Rules />}
      {tab === "silences" && <Silences />}
      {tab === "maintenance" && <Maintenance />}
      {tab === "dependencies" && <Dependencies />}
      {tab === "drills" && <Drills />}
    </>
  );
}
