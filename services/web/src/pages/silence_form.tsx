import { useState } from "react";
import { api } from "../api/client";
import type { Matcher, Silence } from "../api/alerting_types";
import { allPages } from "../lib/all_pages";
import { plural } from "../lib/format";
import { covers, differing, labelsTold, matchersFrom, mistakeIn } from "../lib/matchers";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { fromLocalInput, toLocalInput } from "../lib/time_range";
import { Chips, Head, Loaded, say, useTitle } from "../parts/basics";
import { Field, Form, TextField } from "../parts/form";
import { MatchersField } from "../parts/matchers_field";

const SPANS: [string, number][] = [["30 min", 1800], ["2 h", 7200], ["8 h", 28_800], ["1 day", 86_400], ["1 week", 604_800]];
const MOST_SHOWN = 8;

// What would be silent of what fires now, decided as Alertmanager does.
function Covered({ matchers }: { matchers: Matcher[] }) {
  const alerts = useResource("alerts/firing", () => allPages((page) => api.alerts({ ...page, state: "firing" })), { everySeconds: 15 });
  if (!alerts.data || mistakeIn(matchers)) return null;
  const found = differing(alerts.data.items.filter((one) => covers(matchers, labelsTold(one))));
  return (
    <div className="note" role="status">
      {found.length === 0 ? "No alert that fires now has these labels." : <>{plural(found.length, "alert")} that {found.length === 1 ? "fires" : "fire"} now will be silent:</>}
      <ul>{found.slice(0, MOST_SHOWN).map(({ alert, labels }) => <li key={alert.id}>{alert.title} <Chips labels={labels} /></li>)}{found.length > MOST_SHOWN && <li className="quiet">and {found.length - MOST_SHOWN} more</li>}</ul>
    </div>
  );
}

function SilenceForm({ silence }: { silence?: Silence }) {
  const { query } = useLocation();
  const [matchers, setMatchers] = useState<Matcher[]>(() => silence?.matchers ?? matchersFrom(query));
  const [looked, setLooked] = useState(false); // then what is missing may be said
  const [starts, setStarts] = useState(() => toLocalInput(Date.now()));
  const [ends, setEnds] = useState(() => toLocalInput(silence && silence.state !== "expired" ? Date.parse(silence.ends_at) : Date.now() + 7_200_000));
  const [comment, setComment] = useState(silence?.comment ?? "");
  const [began] = useState(starts);
  const now = toLocalInput(Date.now());
  const from = silence ? now : starts;
  const save = async () => {
    setLooked(true);
    if (mistakeIn(matchers)) return;
    const common = { matchers, ends_at: new Date(fromLocalInput(ends)).toISOString(), comment: comment.trim() };
    // What begins with this minute begins now.
    const begins = starts === began ? Date.now() : fromLocalInput(starts);
    const told = silence ? await api.silences.change(silence.id, common) : await api.silences.add({ ...common, starts_at: new Date(begins).toISOString() });
    invalidate("silences", "alerts", "incident", "overview");
    say(told.warnings[0] ?? (silence ? "The silence is changed." : "The silence is added."));
    navigate("/alerts/silences");
  };
  return (
    <Form action={silence ? "Save" : "Add silence"} onSubmit={save} onCancel={() => navigate("/alerts/silences")}>
      <MatchersField name="matchers" label="Alerts with these labels" value={matchers} onChange={(value) => { setMatchers(value); setLooked(true); }} mistake={looked ? mistakeIn(matchers) : ""} />
      <Covered matchers={matchers} />
      <div className="grid2">
        {!silence && <Field name="starts_at" label="From">{(props) => <input {...props} type="datetime-local" required value={starts} onChange={(event) => setStarts(event.target.value)} />}</Field>}
        <Field name="ends_at" label="To" mistake={ends <= from ? (silence ? "That is past" : "It ends before it begins") : ""}>{(props) => <input {...props} type="datetime-local" required value={ends} onChange={(event) => setEnds(event.target.value)} />}</Field>
      </div>
      <p className="actions" style={{ marginBottom: 16 }}>{silence && <span className="quiet small">From now:</span>}{SPANS.map(([words, seconds]) => <button type="button" className="btn tiny" key={words} onClick={() => setEnds(toLocalInput(fromLocalInput(from) + seconds * 1000))}>{words}</button>)}</p>
      <TextField name="comment" label="Comment" value={comment} onChange={setComment} required placeholder="Why, and who knows more" />
    </Form>
  );
}

export function SilenceFormPage({ id }: { id?: string }) {
  useTitle(id ? "Extend silence" : "Add silence");
  const before = useResource(id ? `silences/${id}` : null, () => api.silences.one(id ?? ""), { freshSeconds: 0 });
  const sub = "Nobody is told of what fits: not by Alertmanager, and not by letters and webhooks of Monitron. It goes on being watched, shown and kept here.";
  return (
    <>
      <Head title={id ? "Extend silence" : "Add silence"} crumb={<Link href="/alerts/silences">Silences</Link>} sub={sub} />
      {id ? <Loaded from={before}>{(silence) => <SilenceForm silence={silence} />}</Loaded> : <SilenceForm />}
    </>
  );
}
