// What the form of a maintenance window keeps while it is filled in, and what of it is sent.

import type { MaintenanceInput, MaintenanceWindow, Recurrence } from "../api/alerting_types";
import type { Labels } from "../api/types";
import { blankChoice, choiceOf, ruleOf, weekdayOf, type Choice } from "./recurrence";
import { fromLocalInput, toLocalInput } from "./time_range";
import { ownTimeZone } from "./time_zones";

export interface WindowForm {
  name: string;
  description: string;
  selector: Labels;
  everything: boolean;
  counts: boolean;
  again: boolean;
  starts: string; // local times of inputs
  ends: string;
  first: string; // what clocks show in the zone
  hours: number;
  zone: string;
  choice: Choice;
}

// The full hour to come.
function nextHour(now: number): number {
  return Math.ceil(now / 3_600_000) * 3_600_000;
}

// Labels come from an address: ?label=check_id=…
export function blankWindow(query: URLSearchParams, now = Date.now()): WindowForm {
  const starts = toLocalInput(nextHour(now));
  const selector = Object.fromEntries(query.getAll("label").map((pair) => [pair.split("=")[0] as string, pair.slice(pair.indexOf("=") + 1)]));
  return {
    name: "", description: "", selector, everything: false, counts: true, again: false, starts, ends: toLocalInput(nextHour(now) + 7_200_000),
    first: `${starts.slice(0, 10)}T02:00`, hours: 2, zone: ownTimeZone(), choice: blankChoice(weekdayOf(starts.slice(0, 10))),
  };
}

export function formOf(window: MaintenanceWindow, now = Date.now()): WindowForm {
  const { recurrence, starts_at, ends_at } = window;
  const blank = blankWindow(new URLSearchParams(), now);
  return {
    ...blank, name: window.name, description: window.description, selector: window.selector, everything: window.everything, counts: window.counts_in_sla, again: Boolean(recurrence),
    ...(starts_at && ends_at && !recurrence ? { starts: toLocalInput(Date.parse(starts_at)), ends: toLocalInput(Date.parse(ends_at)) } : {}),
    ...(recurrence ? {
      first: recurrence.start.slice(0, 16), hours: recurrence.duration_seconds / 3600, zone: recurrence.time_zone,
      choice: choiceOf(recurrence.rrule, weekdayOf(recurrence.start.slice(0, 10))),
    } : {}),
  };
}

function recurrenceOf({ choice, first, hours, zone }: WindowForm): Recurrence {
  return { rrule: ruleOf(choice), start: `${first}:00`, duration_seconds: Math.round(hours * 3600), time_zone: zone };
}

export function inputOf(form: WindowForm): MaintenanceInput {
  const common = { name: form.name.trim(), description: form.description.trim(), selector: form.everything ? {} : form.selector, everything: form.everything, counts_in_sla: form.counts };
  if (form.again) return { ...common, recurrence: recurrenceOf(form) };
  return { ...common, starts_at: new Date(fromLocalInput(form.starts)).toISOString(), ends_at: new Date(fromLocalInput(form.ends)).toISOString() };
}
