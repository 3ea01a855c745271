import { useState } from "react";
import { api } from "../api/client";
import type { ReportFormat, ReportSchedule, ReportScheduleInput } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate } from "../lib/router";
import { ownTimeZone } from "../lib/time_zones";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, listOf, PairsField, SelectField, TextField, Tick } from "../parts/form";
import { ZoneOptions } from "./reports";

function Fields({ schedule, onReload }: { schedule?: ReportSchedule; onReload?: () => void }) {
  const [input, setInput] = useState<ReportScheduleInput>(() => ({
    name: schedule?.name ?? "", kind: "availability", format: schedule?.format ?? "pdf", cadence: "daily", at: schedule?.at ?? "07:30",
    time_zone: schedule?.time_zone ?? ownTimeZone(), recipients: schedule?.recipients ?? [], filter: { labels: schedule?.filter?.labels ?? {} }, group_by: schedule?.group_by ?? "", enabled: schedule?.enabled ?? true,
  }));
  const [recipients, setRecipients] = useState(input.recipients.join(", "));
  const set = (change: Partial<ReportScheduleInput>) => setInput((before) => ({ ...before, ...change }));
  const save = async () => {
    const body = { ...input, recipients: listOf(recipients) };
    if (schedule) await api.schedules.replace(schedule.id, body, schedule.version);
    else await api.schedules.add(body);
    invalidate("schedules");
    say(schedule ? "Saved." : `${body.name} is added.`);
    navigate("/reports/schedules");
  };
  return (
    <Form action={schedule ? "Save" : "Add schedule"} onSubmit={save} onReload={onReload} onCancel={() => navigate("/reports/schedules")}>
      <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required autoFocus placeholder="Morning availability" />
      <div className="grid2">
        <TextField name="at" label="Every day at" type="time" value={input.at} onChange={(at) => set({ at })} required />
        <ZoneOptions name="time_zone" value={input.time_zone} onChange={(time_zone) => set({ time_zone })} />
        <SelectField name="format" label="Format" value={input.format} onChange={(format) => set({ format: format as ReportFormat })} options={[["pdf", "PDF"], ["csv", "CSV"]]} />
      </div>
      <TextField name="recipients" label="Send to" value={recipients} onChange={setRecipients} placeholder="ops@example.org, boss@example.org" hint="Separated by commas." />
      <PairsField name="filter" label="Only checks with these labels" value={input.filter?.labels ?? {}} onChange={(labels) => set({ filter: { labels } })} />
      <TextField name="group_by" label="By the label" value={input.group_by ?? ""} onChange={(group_by) => set({ group_by })} placeholder="env" mono hint="A section for each of its values. Empty: all checks in one." />
      <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} />
    </Form>
  );
}

export function ScheduleFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit schedule" : "Add schedule");
  const schedule = useResource(id ? `schedule/${id}/edit` : null, () => api.schedules.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/reports/schedules">Schedules</Link>;
  if (!id) return <><Head title="Add schedule" crumb={crumb} /><Fields /></>;
  return <Loaded from={schedule}>{(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version ?? 0} schedule={data} onReload={schedule.reload} /></>}</Loaded>;
}
