// Which incidents a list shows, kept in its address, and the range that its figures are of.

export interface IncidentFilter {
  state: string;
  severity: string;
  rule_id: string;
  assignee: string;
  label: string;
  days: number;
}

export const DAYS: [number, string][] = [[1, "Last 24 hours"], [7, "Last 7 days"], [30, "Last 30 days"], [90, "Last 90 days"]];
const USUAL_DAYS = 30;

export function readFilter(query: URLSearchParams): IncidentFilter {
  const days = Number(query.get("days"));
  const one = (name: string) => query.get(name) ?? "";
  return {
    state: one("state"), severity: one("severity"), rule_id: one("rule_id"), assignee: one("assignee"), label: one("label"),
    days: DAYS.some(([known]) => known === days) ? days : USUAL_DAYS,
  };
}

export const isNarrowed = (filter: IncidentFilter) => [filter.state, filter.severity, filter.rule_id, filter.assignee, filter.label].some((one) => one !== "");

// "team = shop" or "team:shop" as the server takes it; null: no pair yet.
export function labelOf(text: string): string | null {
  const found = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*[:=]\s*(.*?)\s*$/.exec(text);
  return found && found[2] ? `${found[1]}:${found[2]}` : null;
}

// The range, in whole minutes, so that one answer serves for a while.
export function rangeOf(days: number, now = Date.now()): { from: string; to: string } {
  const to = Math.ceil(now / 60_000) * 60_000;
  return { from: new Date(to - days * 86_400_000).toISOString(), to: new Date(to).toISOString() };
}
