import { api } from "../api/client";
import type { WindowTimes } from "../api/alerting_types";
import { rangeIn } from "../lib/format";
import { opensWords } from "../lib/maintenance";
import { useResource } from "../lib/resource";
import { useSettled } from "../lib/settled";

const PAUSE_MS = 400;
const FIELDS: Record<string, string> = { "recurrence.rrule": "Rule", "recurrence.start": "From", "recurrence.duration_seconds": "For", "recurrence.time_zone": "Time zone" };

// When a window that comes again would open next, as the server reckons it while it is typed; or what is wrong with it.
export function NextTimes({ times }: { times: WindowTimes }) {
  const asked = useSettled(JSON.stringify(times), PAUSE_MS);
  const { data, problem } = useResource(`preview/${asked}`, () => api.maintenance.preview(JSON.parse(asked) as WindowTimes), { freshSeconds: 60 });
  if (problem) {
    return <div className="note warn" role="status" aria-label="Next times">{problem.fields.length > 0 ? problem.fields.map((one) => <p key={one.field}><b>{FIELDS[one.field] ?? one.field}</b> {one.message}</p>) : <p>{problem.message}</p>}</div>;
  }
  return (
    <div className="note" role="status" aria-label="Next times">
      <b>{data ? opensWords(data) : "When it opens next …"}</b>
      <ol className="small">{data?.next.map((one) => <li key={one.starts_at}>{rangeIn(times.recurrence?.time_zone, Date.parse(one.starts_at), Date.parse(one.ends_at))}</li>)}</ol>
    </div>
  );
}
