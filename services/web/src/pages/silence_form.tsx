import { useState } from "react";
import { api } from "../api/client";
import type { Matcher } from "../api/alerting_types";
import { allPages } from "../lib/all_pages";
import { plural } from "../lib/format";
import { covers, matchersFrom, mistakeIn } from "../lib/matchers";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { fromLocalInput, toLocalInput } from "../lib/time_range";
import { Head, say, useTitle } from "../parts/basics";
import { Field, Form, TextField } from "../parts/form";
import { MatchersField } from "../parts/matchers_field";

const SPANS: [string, number][] = [["30 min", 1800], ["2 h", 7200], ["8 h", 28_800], ["1 day", 86_400], ["1 week", 604_800]];

// What would be silent of what fires now.
function Covered({ matchers }: { matchers: Matcher[] }) {
  const alerts = useResource("alerts/firing", () => allPages((page) => api.alerts({ ...page, state: "firing" })), { everySeconds: 15 });
  const found = (alerts.data?.items ?? []).filter((one) => covers(matchers, one.labels));
  if (!alerts.data) return null;
  return (
    <div className="note" role="status">
      {found.length === 0 ? "No alert that fires now has these labels." : <>{plural(found.length, "alert")} that {found.length === 1 ? "fires" : "fire"} now will be silent:</>}
      <ul>{found.slice(0, 6).map((one) => <li key={one.id}>{one.title}</li>)}{found.length > 6 && <li className="quiet">and {found.length - 6} more</li>}</ul>
    </div>
  );
}

export function SilenceFormPage() {
  useTitle("Add silence");
  const { query } = useLocation();
  const [matchers, setMatchers] = useState<Matcher[]>(() => matchersFrom(query));
  const [starts, setStarts] = useState(() => toLocalInput(Date.now()));
  const [ends, setEnds] = useState(() => toLocalInput(Date.now() + 7_200_000));
  const [comment, setComment] = useState("");
  const [began] = useState(starts);
  const save = async () => {
    // What begins with this minute begins now.
    const from = starts === began ? Date.now() : fromLocalInput(starts);
    await api.silences.add({ matchers, starts_at: new Date(from).toISOString(), ends_at: new Date(fromLocalInput(ends)).toISOString(), comment: comment.trim() });
    invalidate("silences", "alerts");
    say("The silence is added.");
    navigate("/alerts/silences");
  };
  return (
    <>
      <Head title="Add silence" crumb={<Link href="/alerts/silences">Silences</Link>} sub="Alertmanager tells nobody of what fits. It goes on being watched, shown and kept here." />
      <Form action="Add silence" onSubmit={save} onCancel={() => navigate("/alerts/silences")}>
        <MatchersField name="matchers" label="Alerts with these labels" value={matchers} onChange={setMatchers} mistake={mistakeIn(matchers)} />
        <Covered matchers={matchers} />
        <div className="grid2">
          <Field name="starts_at" label="From">{(props) => <input {...props} type="datetime-local" required value={starts} onChange={(event) => setStarts(event.target.value)} />}</Field>
          <Field name="ends_at" label="To" mistake={ends <= starts ? "It ends before it begins" : ""}>{(props) => <input {...props} type="datetime-local" required value={ends} onChange={(event) => setEnds(event.target.value)} />}</Field>
        </div>
        <p className="actions" style={{ marginBottom: 16 }}>{SPANS.map(([words, seconds]) => <button type="button" className="btn tiny" key={words} onClick={() => setEnds(toLocalInput(fromLocalInput(starts) + seconds * 1000))}>{words}</button>)}</p>
        <TextField name="comment" label="Comment" value={comment} onChange={setComment} required placeholder="Why, and who knows more" />
      </Form>
    </>
  );
}
