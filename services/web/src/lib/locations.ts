import { api } from "../api/client";
import { useResource } from "./resource";

// Where checks can be run from: the places whose checkers have said how they are within the last hour.

const SEEN = "group by (location) (present_over_time(monitron_checker_in_flight[1h]))";

export function useLocations(): string[] | undefined {
  return useResource("locations", () => api.query(SEEN).then((found) => found.map((one) => one.metric["location"] ?? "").filter(Boolean).sort()), { freshSeconds: 60 }).data;
}

// The choices of a form: what is known, and what a check has already.
export const choicesOf = (known: string[], chosen: string[]): string[] => [...new Set(["default", ...known, ...chosen])];

export function locationWarning(known: string[] | undefined, chosen: string[]): string {
  const unseen = known === undefined || known.length === 0 ? [] : chosen.filter((one) => !known.includes(one));
  if (unseen.length === 0) return "";
  return `No checker has been seen at ${unseen.join(", ")} within the last hour. Until one runs there, the check is not run from there.`;
}
