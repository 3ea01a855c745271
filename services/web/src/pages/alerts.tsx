import { Link } from "../lib/router";
import { useMay } from "../lib/user";
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
const ADDS: Partial<Record<Tab, [string, string, string]>> = {
  silences: ["/alerts/silences/new", "Add silence", "silences:write"], maintenance: ["/alerts/maintenance/new", "Plan maintenance", "maintenance:write"], dependencies: ["/alerts/dependencies/new", "Add dependency", "dependencies:write"],
};

export function AlertsPage({ tab }: { tab: Tab }) {
  useTitle("Alerts");
  const may = useMay();
  const adds = ADDS[tab] ?? ["/alerts/rules/new", "Add rule", "rules:write"];
  return (
    <>
      <Head title="Alerts">
        {tab === "rules" && may("rules:write") && <><Link className="btn" href="/alerts/rules/templates">From a template</Link><Link className="btn" href="/alerts/rules/import">Import</Link></>}
        {tab === "drills" ? may("drills:run") && <DrillButton /> : may(adds[2]) && <Link className="btn main" href={adds[0]} data-key="n">{adds[1]}</Link>}
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
