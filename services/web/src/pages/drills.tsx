import { api } from "../api/client";
import type { Drill } from "../api/alerting_types";
import { stagesOf, took, WAITING } from "../lib/drill";
import { exact, plural } from "../lib/format";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { Empty, Loaded, When } from "../parts/basics";
import { DrillScheduleNote } from "../parts/drill_schedule";
import { State, type Tone } from "../parts/state";

// Alerts raised on purpose: whether people would be told of real ones, and how soon.

const VERDICTS: Record<NonNullable<Drill["verdict"]>, [Tone, string]> = { ok: ["up", "Told in time"], late: ["warn", "Late"], lost: ["down", "Lost"] };

function Way({ drill }: { drill: Drill }) {
  const stages = stagesOf(drill);
  if (stages.length === 0) return <span className="quiet">–</span>;
  return (
    <span className="chips">
      {stages.map(({ name, seconds, times }) => <span className="chip" key={name} title={times > 1 ? plural(times, "place") : undefined}>{name}{times > 1 && ` ×${times}`} <b>{took(seconds)}</b></span>)}
    </span>
  );
}

function Row({ drill }: { drill: Drill }) {
  const [tone, words] = drill.verdict ? VERDICTS[drill.verdict] : (["unknown", WAITING[drill.state]] as [Tone, string]);
  return (
    <tr>
      <td data-name="Verdict"><State tone={tone}>{words}</State></td>
      <td data-name="Told after" className="num">{drill.seconds_to_tell === null ? "–" : took(drill.seconds_to_tell)}</td>
      <td className="wide" data-name="Its way"><Way drill={drill} />{drill.detail && <span className="under anywhere">{drill.detail}</span>}</td>
      <td data-name="By" className="small anywhere">{drill.requested_by ?? "Schedule"}</td>
      <td data-name="When" className="num" title={exact(drill.started_at)}>{drill.incident_id ? <Link href={`/incidents/${drill.incident_id}`}><When time={drill.started_at} /></Link> : <When time={drill.started_at} />}</td>
    </tr>
  );
}

export function Drills() {
  const schedule = useResource("drills/schedule", () => api.drills.schedule(), { everySeconds: 60 });
  const drills = useResource("drills/list", () => api.drills.list(), { everySeconds: 3 });
  return (
    <>
      <Loaded from={schedule}>{(data) => <DrillScheduleNote schedule={data} />}</Loaded>
      <Loaded from={drills}>
        {({ items }) => items.length === 0 ? <Empty title="No drills yet">A drill is an alert that means nothing. It goes the way of a real one, to Alertmanager, back by its webhook and to whoever subscribed to drills; here you see how long that took, or where it was lost.</Empty> : (
          <table className="table cards" aria-label="Drills">
            <thead><tr><th style={{ width: 140 }}>Verdict</th><th className="num" style={{ width: 100 }}>Told after</th><th>Its way</th><th style={{ width: 150 }}>By</th><th className="num" style={{ width: 110 }}>When</th></tr></thead>
            <tbody>{items.map((one) => <Row key={one.id} drill={one} />)}</tbody>
          </table>
        )}
      </Loaded>
    </>
  );
}
