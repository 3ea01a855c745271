import type { ReactNode } from "react";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Denied, Head, useTitle } from "../parts/basics";
import { DrillButton } from "../parts/drill_button";
import { AlertsNow } from "./alerts_now";
import { Dependencies } from "./dependencies";
import { Drills } from "./drills";
import { Incidents } from "./incidents";
import { Maintenance } from "./maintenance";
import { Rules } from "./rules";
import { Silences } from "./silences";

const TABS = [
  ["now", "/alerts", "Now", "alerts:read"], ["incidents", "/alerts/incidents", "Incidents", "incidents:read"], ["rules", "/alerts/rules", "Rules", "rules:read"],
  ["silences", "/alerts/silences", "Silences", "silences:read"], ["maintenance", "/alerts/maintenance", "Maintenance", "maintenance:read"],
  ["dependencies", "/alerts/dependencies", "Dependencies", "dependencies:read"], ["drills", "/alerts/drills", "Drills", "drills:read"],
] as const;

type Tab = (typeof TABS)[number][0];
const IN_SCOPES = new Set<Tab>(["now", "incidents"]);
const ADDS: Partial<Record<Tab, [string, string, string]>> = {
  silences: ["/alerts/silences/new", "Add silence", "silences:write"], maintenance: ["/alerts/maintenance/new", "Plan maintenance", "maintenance:write"], dependencies: ["/alerts/dependencies/new", "Add dependency", "dependencies:write"],
};

const PAGES: Record<Tab, () => ReactNode> = {
  now: () => <AlertsNow />, incidents: () => <Incidents />, rules: () => <Rules />, silences: () => <Silences />, maintenance: () => <Maintenance />,
  dependencies: () => <Dependencies />, drills: () => <Drills />,
};

export function AlertsPage({ tab }: { tab: Tab }) {
  useTitle("Alerts");
  const may = useMay();
  const shown = TABS.filter(([key, , , needs]) => may(needs, IN_SCOPES.has(key) ? "something" : "everything"));
  const adds = ADDS[tab] ?? ["/alerts/rules/new", "Add rule", "rules:write"];
  return (
    <>
      <Head title="Alerts">
        {tab === "rules" && may("rules:write") && <><Link className="btn" href="/alerts/rules/templates">From a template</Link><Link className="btn" href="/alerts/rules/import">Import</Link></>}
        {tab === "drills" ? may("drills:run") && <DrillButton /> : may(adds[2]) && <Link className="btn main" href={adds[0]} data-key="n">{adds[1]}</Link>}
      </Head>
      <nav className="tabs" aria-label="Alerts">{shown.map(([key, href, words]) => <Link key={key} href={href} aria-current={key === tab ? "page" : undefined}>{words}</Link>)}</nav>
      {shown.some(([key]) => key === tab) ? PAGES[tab]() : <Denied />}
    </>
  );
}
