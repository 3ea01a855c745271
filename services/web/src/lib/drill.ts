// What a drill found out, in words; and its way, stage by stage.

import type { Drill, DrillScheduleInput, Told } from "../api/alerting_types";
import { latency, span } from "./format";

export type Stage = { name: string; seconds: number; times: number };

const after = (drill: Drill, time: string) => Math.max(0, (Date.parse(time) - Date.parse(drill.started_at)) / 1000);

// The first of each kind, and how many there were.
function told(drill: Drill, name: string, fits: (row: Told) => boolean): Stage[] {
  const rows = drill.notifications.filter(fits);
  const first = rows[0];
  return first ? [{ name, seconds: after(drill, first.at), times: new Set(rows.map((row) => row.target)).size }] : [];
}

// In the order in which they came.
export function stagesOf(drill: Drill): Stage[] {
  const stages: Stage[] = [];
  const add = (name: string, time: string | null) => time !== null && stages.push({ name, seconds: after(drill, time), times: 1 });
  const began = (channel: string) => (row: Told) => row.channel === channel && row.transition === "firing" && ["accepted", "delivered", "sent"].includes(row.state);
  add("Decided", drill.decided_at);
  stages.push(...told(drill, "Alertmanager", began("alertmanager")));
  stages.push(...told(drill, "Receiver", began("alertmanager_receiver")));
  stages.push(...told(drill, "E-mail", began("email")));
  stages.push(...told(drill, "Webhook", began("webhook")));
  add("Over", drill.resolved_at);
  return stages.sort((a, b) => a.seconds - b.seconds);
}

export const took = (seconds: number) => (seconds < 60 ? latency(seconds) : span(seconds));

export const WAITING: Record<Drill["state"], string> = { waiting: "Waiting", firing: "Under way", ending: "Ending", ended: "Ended" };

const WEEKDAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
const two = (text: string | undefined) => (text ?? "").padStart(2, "0");

// The simple ones of crontab(5); all others as they are written.
export function cronWords(cron: string): string {
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* (\*|[0-7])$/.exec(cron.trim());
  if (!daily) return cron;
  const [, minute, hour, day] = daily;
  return `${day === "*" ? "Every day" : WEEKDAYS[Number(day) % 7]} at ${two(hour)}:${two(minute)}`;
}

export const inputOf = ({ cron, time_zone, enabled, target_seconds, deadline_seconds }: DrillScheduleInput): DrillScheduleInput =>
  ({ cron, time_zone, enabled, target_seconds, deadline_seconds });
