import { useState } from "react";
import { api } from "../api/client";
import type { Silence } from "../api/alerting_types";
import { exact, moment } from "../lib/format";
import { allPages } from "../lib/all_pages";
import { inState, matcherWords } from "../lib/matchers";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { silencePath } from "../lib/suppression";
import { useMay } from "../lib/user";
import { Confirm, Empty, Loaded, say, When } from "../parts/basics";

// Silences of Alertmanager: what fires is shown and kept, but nobody is told.

const GROUPS: [Silence["state"], string, string][] = [["active", "Active", "Ends"], ["pending", "Coming", "Begins"], ["expired", "Past", "Ended"]];

function Group({ state, title, when, items, onEnd }: { state: Silence["state"]; title: string; when: string; items: Silence[]; onEnd: (one: Silence) => void }) {
  const mayEdit = useMay()("silences:write");
  if (items.length === 0) return null;
  return (
    <section className="block first" aria-label={title}>
      <div className="block-head"><h2>{title}</h2></div>
      <table className="table cards">
        <thead><tr><th>Alerts with</th><th style={{ width: "28%" }}>Comment</th><th style={{ width: 130 }}>By</th><th style={{ width: 120 }}>{when}</th>{mayEdit && <th style={{ width: 150 }}><span className="hidden">Actions</span></th>}</tr></thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td className="wide"><span className="chips">{one.matchers.map((matcher) => <span className="chip" key={matcherWords(matcher)} title={matcherWords(matcher)}>{matcherWords(matcher)}</span>)}</span></td>
              <td data-name="Comment" className="anywhere">{one.comment || <span className="quiet">–</span>}</td>
              <td data-name="By" className="anywhere small">{one.created_by}</td>
              <td data-name={when} title={`${exact(one.starts_at)} – ${exact(one.ends_at)}`}><When time={state === "pending" ? one.starts_at : one.ends_at} /><span className="under">{moment(state === "pending" ? one.starts_at : one.ends_at)}</span></td>
              {mayEdit && <td className="rowacts wide">{state !== "expired" && <Link className="btn bare tiny" href={silencePath(one.id)} aria-label={`Extend ${one.matchers.map(matcherWords).join(", ")}`}>Extend</Link>}{state !== "expired" && <button className="btn bare tiny" aria-label={`Expire ${one.matchers.map(matcherWords).join(", ")}`} onClick={() => onEnd(one)}>{state === "pending" ? "Delete" : "Expire"}</button>}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

// All that there are; what is missing is said.
async function everySilence() {
  let warnings: string[] = [];
  const all = await allPages(async (query) => {
    const page = await api.silences.list(query);
    warnings = page.warnings;
    return page;
  });
  return { ...all, warnings };
}

export function Silences() {
  const mayEdit = useMay()("silences:write");
  const silences = useResource("silences", everySilence, { everySeconds: 15 });
  const [ending, setEnding] = useState<Silence | null>(null);
  if (silences.problem?.status === 503 && !silences.data) return <Empty title="Silences cannot be read">{silences.problem.message}</Empty>;
  return (
    <Loaded from={silences}>
      {({ items, warnings }) => (
        <>
          {silences.problem && <div className="note warn" role="status"><strong>{silences.problem.message}</strong> <span className="quiet">What you see is what was silenced before.</span></div>}
          {warnings.map((one) => <div className="note warn" role="status" key={one}>{one}</div>)}
          {items.length === 0 && <Empty title="No silences" actions={mayEdit && <Link className="btn main" href="/alerts/silences/new">Add a silence</Link>}>A silence keeps Alertmanager from telling people, for a time, of alerts with certain labels. Begin from an alert that fires.</Empty>}
          {GROUPS.map(([state, title, when]) => <Group key={state} state={state} title={title} when={when} items={inState(items, state)} onEnd={setEnding} />)}
          {ending && (
            <Confirm title="End this silence?" action="End silence" onClose={() => setEnding(null)} onConfirm={async () => { const answer = await api.silences.expire(ending.id); invalidate("silences", "alerts", "incident", "overview"); say(answer?.warnings[0] ?? "The silence has ended."); }}>
              <p>What fires is told again: <span className="mono anywhere">{ending.matchers.map(matcherWords).join(", ")}</span></p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}
