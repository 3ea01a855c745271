import { useState } from "react";
import { api } from "../api/client";
import type { Replay } from "../api/alerting_types";
import type { Rule, RuleInput } from "../api/types";
import { exact, moment, span } from "../lib/format";
import { replayWords, rowsOf, type PageRow } from "../lib/replay";
import { Chips } from "./basics";
import type { Attempt } from "./form";
import { Icon, type IconName } from "./icon";

// What a rule would have sent over what is stored, beside what it sends as it is.

const SPANS: [string, string][] = [["1", "day"], ["7", "7 days"], ["30", "30 days"]];
const SIDES: Record<PageRow["side"], [IconName, string]> = { new: ["plus", "New"], old: ["cross", "No more"], both: ["dot", "As before"] };

export function useReplay(rule: Rule | undefined, definition: () => Partial<RuleInput>) {
  const [replay, setReplay] = useState<Replay | null>(null);
  const [busy, setBusy] = useState(false);
  const start = async (days: number) => {
    setBusy(true);
    setReplay(null);
    const to = Date.now();
    try {
      setReplay(await api.rules.replay({ rule: definition() as RuleInput, compare_with: rule?.id ?? null, from: new Date(to - days * 86_400_000).toISOString(), to: new Date(to).toISOString() }));
    } finally {
      setBusy(false);
    }
  };
  return { replay, busy, start };
}

export function ReplayButton({ busy, start, attempt }: { busy: boolean; start: (days: number) => Promise<void>; attempt: Attempt }) {
  const [days, setDays] = useState("7");
  return (
    <span className="joined">
      <button type="button" className="btn" disabled={busy} onClick={() => void attempt(() => start(Number(days)))}>{busy ? "Looking back …" : "What would it have sent?"}</button>
      <select aria-label="Time to look back" value={days} onChange={(event) => setDays(event.target.value)}>{SPANS.map(([key, words]) => <option key={key} value={key}>last {words}</option>)}</select>
    </span>
  );
}

export function ReplayOutcome({ replay }: { replay: Replay }) {
  const rows = rowsOf(replay);
  return (
    <section className="block" aria-label="What it would have sent" data-test="replay">
      <div className="block-head"><h2>What it would have sent</h2></div>
      <p className="said">{replayWords(replay)}</p>
      {replay.truncated && <p className="caution">This is only a part: there is more than can be looked through at once.</p>}
      {rows.length > 0 && (
        <table className="table tight cards" style={{ marginTop: 12 }}>
          <thead><tr>{replay.old && <th style={{ width: 120 }}>Against now</th>}<th>Alert</th><th style={{ width: 130 }}>Fired</th><th className="num" style={{ width: 110 }}>Lasted</th><th className="num" style={{ width: 110 }}>Value</th></tr></thead>
          <tbody>
            {rows.map((one, index) => (
              <tr key={index}>
                {replay.old && <td data-name="Against now"><span className="badge"><Icon name={SIDES[one.side][0]} />{SIDES[one.side][1]}</span></td>}
                <td className="wide"><Chips labels={one.labels} /></td><td data-name="Fired" title={exact(one.fired_at)}>{moment(one.fired_at)}</td>
                <td data-name="Lasted" className="num">{one.resolved_at ? span((Date.parse(one.resolved_at) - Date.parse(one.fired_at)) / 1000) : "goes on"}</td><td data-name="Value" className="num mono">{one.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
