import type { MaintenanceWindow } from "../api/alerting_types";
import { rangeIn } from "../lib/format";

// When a window that comes again opens next, as it is stored.
export function NextTimes({ window }: { window: MaintenanceWindow }) {
  const { next, recurrence } = window;
  return (
    <div className="note" role="status" aria-label="Next times">
      <b>{next.length > 0 ? "As stored, it opens next" : "As stored, it never opens again"}</b>
      <ol className="small">{next.map((one) => <li key={one.starts_at}>{rangeIn(recurrence?.time_zone, Date.parse(one.starts_at), Date.parse(one.ends_at))}</li>)}</ol>
    </div>
  );
}
