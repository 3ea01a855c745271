import { useState } from "react";
import { api } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import type { RuleImport } from "../api/alerting_types";
import { plural } from "../lib/format";
import { invalidate } from "../lib/resource";
import { Link, navigate } from "../lib/router";
import { changes, groupsOf, importWords, placeWords } from "../lib/rule_import";
import { Head, say, useTitle } from "../parts/basics";
import { Icon, type IconName } from "../parts/icon";

const LARGEST = 1_048_576;
const ACTIONS: Record<RuleImport["items"][number]["action"], [IconName, string]> = { created: ["plus", "New"], updated: ["note", "Changed"], removed: ["cross", "Removed"], unchanged: ["dot", "As before"] };

function Outcome({ plan }: { plan: RuleImport }) {
  return (
    <section className="block" aria-label="What would happen">
      <div className="block-head"><h2>What would happen</h2><span className="quiet small">{importWords(plan.items)}</span></div>
      {plan.warnings.length > 0 && (
        <div className="note warn"><strong>{plural(plan.warnings.length, "thing is", "things are")} not taken over as written</strong>
          <ul>{plan.warnings.map((one, index) => <li key={index}><b>{[one.group, one.rule].filter(Boolean).join(" / ")}</b>{one.field && <> <code>{one.field}</code></>} {one.reason}</li>)}</ul>
        </div>
      )}
      <table className="table tight cards">
        <thead><tr><th style={{ width: 130 }}>Would be</th><th style={{ width: "30%" }}>Group</th><th>Rule</th><th style={{ width: 140 }}>Kind</th></tr></thead>
        <tbody>
          {groupsOf(plan.items).flatMap(([group, items]) => items.map((one, index) => {
            const [icon, words] = ACTIONS[one.action] ?? ["dot", one.action];
            return <tr key={`${group} ${index}`}><td data-name="Would be"><span className="badge"><Icon name={icon} />{words}</span></td><td data-name="Group" className="anywhere quiet">{group}</td><td className="wide anywhere">{one.name}</td><td data-name="Kind" className="small">{one.kind === "recording" ? "Recording" : "Alert"}</td></tr>;
          }))}
        </tbody>
      </table>
    </section>
  );
}

function Refused({ problem }: { problem: Problem }) {
  return (
    <div className="note bad" role="alert">
      <strong>{problem.fields.length > 0 ? "The file is not imported:" : problem.message}</strong>
      <ul>{problem.fields.map((one, index) => <li key={index}><b>{placeWords(one)}</b> {one.message}</li>)}</ul>
    </div>
  );
}

export function RuleImportPage() {
  useTitle("Import rules");
  const [text, setText] = useState("");
  const [plan, setPlan] = useState<RuleImport | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (next: string) => {
    setText(next);
    setPlan(null);
    setProblem(null);
  };
  const ask = async (given: string, dry: boolean) => {
    setBusy(true);
    try {
      const answer = await api.rules.importFile(given, dry);
      setProblem(null);
      if (dry) setPlan(answer);
      else {
        invalidate("rules", "alerts");
        say(`Imported ${importWords(answer.items)}.`);
        navigate("/alerts/rules");
      }
    } catch (error) {
      setPlan(null);
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > LARGEST) return say("A rule file has at most 1 MiB.");
    const given = await file.text();
    change(given);
    await ask(given, true);
  };
  return (
    <>
      <Head title="Import rules" crumb={<Link href="/alerts/rules">Rules</Link>} sub="A rule file of Prometheus, as it is. Its groups replace groups of the same name; the same file again changes nothing." />
      <div className="form" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); void take(event.dataTransfer.files[0]); }}>
        <div className="field">
          <label className="name" htmlFor="rule-file">Rule file (YAML)</label>
          <textarea id="rule-file" rows={14} value={text} spellCheck={false} placeholder={"groups:\n  - name: hosts\n    rules:\n      - alert: HostDown\n        expr: up == 0\n        for: 5m"} onChange={(event) => change(event.target.value)} />
          <span className="hint">Paste it, drop the file here, or <label className="filepick">choose it<input type="file" className="hidden" accept=".yml,.yaml,.rules,text/yaml,text/plain" onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ""; }} /></label>.</span>
        </div>
        {problem && <Refused problem={problem} />}
        <div className="actions">
          {plan ? <button className="btn main" disabled={busy || changes(plan.items) === 0} onClick={() => void ask(text, false)}>{changes(plan.items) === 0 ? "Nothing changes" : "Import"}</button>
            : <button className="btn main" disabled={busy || !text.trim()} onClick={() => void ask(text, true)}>{busy ? "Working …" : "Show what would happen"}</button>}
          <Link className="btn" href="/alerts/rules">Cancel</Link>
        </div>
      </div>
      {plan && <Outcome plan={plan} />}
    </>
  );
}
