import { useState } from "react";
import { api } from "../api/client";
import type { Check, Rule } from "../api/types";
import { useChecksById } from "../lib/checks";
import { allPages } from "../lib/all_pages";
import { plural, span } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { isMeasured, statesWords } from "../lib/rule_input";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Chips, Confirm, Empty, Loaded, say } from "../parts/basics";
import { RuleHealth } from "../parts/rule_health";
import { SeverityState } from "../parts/state";

function ruleWords(rule: Rule, checks: Map<string, Check>): React.ReactNode {
  if (rule.kind === "recording") return <><span className="quiet">Records</span> <span className="mono">{rule.record} = {rule.expr}</span></>;
  if (rule.kind === "anomaly") return <><span className="mono">{rule.expr}</span> <span className="quiet">is unusual</span></>;
  const labels = Object.keys(rule.label_selector ?? {}).length > 0;
  if (isMeasured(rule.kind)) return <><span className="mono">{rule.expr}</span>{labels && <> with <Chips labels={rule.label_selector} /></>}</>;
  if (rule.check_id) return <>{checks.get(rule.check_id)?.name ?? "Check"} {labels && <>with <Chips labels={rule.label_selector} /></>} is {statesWords(rule.states)}</>;
  if (rule.kind === "instance_silent") {
    return <>Any instance {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} sends nothing for {rule.for_seconds} s</>;
  }
  if (rule.kind === "rule_failing") return <>Any rule {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} cannot be evaluated</>;
  if (rule.kind === "location_silent") {
    return <>No check of a location {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} has a result for {rule.for_seconds} s</>;
  }
  return <>Any check {labels ? <>with <Chips labels={rule.label_selector} /></> : ""} is {statesWords(rule.states)}</>;
}

const STEP = 200;

function isLike(rule: Rule, text: string): boolean {
  return [rule.name, rule.expr, rule.record, rule.group_name].some((one) => one?.toLowerCase().includes(text.toLowerCase()));
}

export function Rules() {
  const mayEdit = useMay()("rules:write");
  const rules = useResource("rules/all", () => allPages(api.rules.list), { everySeconds: 30 });
  const checks = useChecksById((rules.data?.items ?? []).flatMap((one) => one.check_id ?? []));
  const [deleting, setDeleting] = useState<Rule | null>(null);
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(STEP);
  return (
    <Loaded from={rules}>
      {({ items, more }) => {
        const found = items.filter((rule) => isLike(rule, wanted));
        return <>
          {items.length > 10 && (
            <div className="filters" role="search">
              <input className="grow" type="search" placeholder="Filter by name, expression or group" aria-label="Filter rules" value={wanted} onChange={(event) => setWanted(event.target.value)} />
            </div>
          )}
          {items.length === 0 ? (
            <Empty title="No rules yet" actions={mayEdit && <Link className="btn main" href="/alerts/rules/new">Add the first rule</Link>}>A rule says when to alert: a check that is down, or a metric beyond a limit.</Empty>
          ) : (
            <table className="table cards">
              <thead><tr><th>Rule</th><th>Fires when</th><th style={{ width: 80 }}>For</th><th style={{ width: 110 }}>Severity</th><th style={{ width: 220 }}>Health</th>{mayEdit && <th><span className="hidden">Actions</span></th>}</tr></thead>
              <tbody>
                {found.slice(0, most).map((rule) => (
                  <tr key={rule.id}>
                    <td><strong>{rule.name}</strong>{rule.group_name && <span className="under cut" title={rule.group_name}>{rule.group_name}</span>}</td><td className="wide" style={{ overflowWrap: "anywhere" }}>{ruleWords(rule, checks)}</td>
                    {rule.kind === "recording" ? <><td data-name="Every" className="nowrap">every {span(rule.interval_seconds)}</td><td /></> : <><td data-name="For">{span(rule.for_seconds)}</td><td data-name="Severity"><SeverityState severity={rule.severity} /></td></>}
                    <td data-name="Health"><RuleHealth rule={rule} /></td>
                    {mayEdit && <td className="rowacts wide"><Link className="btn bare tiny" href={`/alerts/rules/${rule.id}/edit`} aria-label={`Edit ${rule.name}`}>Edit</Link><button className="btn bare tiny" aria-label={`Delete ${rule.name}`} onClick={() => setDeleting(rule)}>Delete</button></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {items.length > 10 && <p className="small quiet" style={{ marginTop: 10 }}>{plural(found.length, "rule")}{found.length > most ? `, ${most} shown` : ""}{more ? "; more exist, and are not listed" : ""} {found.length > most && <button className="btn tiny" onClick={() => setMost(most + STEP)}>Show more</button>}</p>}
          {deleting && (
            <Confirm title={`Delete ${deleting.name}?`} action="Delete rule" onClose={() => setDeleting(null)}
              onConfirm={async () => { await api.rules.remove(deleting.id); invalidate("rules", "alerts"); say("The rule is deleted."); }}>
              What fires because of it is resolved.
            </Confirm>
          )}
        </>;
      }}
    </Loaded>
  );
}
