import type { CheckEvent } from "../api/types";
import { exact } from "../lib/format";
import { eventWords, repeats, runsOf, runTone } from "../lib/result";
import { When } from "./basics";
import { Mark } from "./state";

// What happened to a check: changes of its state, and failures.

function EventDetails({ event }: { event: CheckEvent }) {
  const entries = Object.entries(event.detail ?? {}).filter(([name, value]) => name !== "outcome" && value !== null && value !== "");
  if (entries.length === 0) return null;
  return (
    <details>
      <summary className="small quiet">Details</summary>
      {entries.map(([name, value]) => (
        <div key={name}><span className="small quiet">{name.replace(/_/g, " ")}</span><pre className="code">{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre></div>
      ))}
    </details>
  );
}

export function Events({ events, failures }: { events: CheckEvent[]; failures: number }) {
  if (events.length === 0) return null;
  const places = new Set(events.map((event) => event.location)).size > 1;
  return (
    <section className="block" aria-label="Events">
      <div className="block-head"><h2>Events</h2><span className="quiet small">State changes and failures</span></div>
      <ol className="timeline">
        {runsOf(events).map((run) => {
          const { latest, first, count } = run;
          return (
            <li key={`${first.at} ${first.location}`}>
              <Mark tone={runTone(run)} />
              <p><strong>{eventWords(run, failures)}</strong>{latest.reason && <> · {latest.reason}</>}{repeats(run) && <span className="quiet"> · {repeats(run)}</span>}{places && <span className="quiet"> · at {latest.location}</span>}</p>
              <div className="small quiet">{count > 1 && <>{exact(first.at)} – </>}{exact(latest.at)} · <When time={latest.at} /></div>
              <EventDetails event={latest} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}
