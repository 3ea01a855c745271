import { useState } from "react";
import { api } from "../api/client";
import type { DrillSchedule, DrillScheduleInput } from "../api/alerting_types";
import { cronWords, inputOf } from "../lib/drill";
import { exact, span } from "../lib/format";
import { invalidate } from "../lib/resource";
import { timeZones } from "../lib/time_zones";
import { useMay } from "../lib/user";
import { Dialog, say, When } from "./basics";
import { Form, NumberField, SelectField, TextField, Tick } from "./form";

// When drills are due, and how long they may take.

function ScheduleDialog({ schedule, onClose }: { schedule: DrillSchedule; onClose: () => void }) {
  const [input, setInput] = useState<DrillScheduleInput>(() => inputOf(schedule));
  const set = (change: Partial<DrillScheduleInput>) => setInput((before) => ({ ...before, ...change }));
  const save = async () => {
    await api.drills.plan(input, schedule.version);
    invalidate("drills");
    say("Saved.");
    onClose();
  };
  return (
    <Dialog title="When drills are due" onClose={onClose}>
      <Form action="Save" onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="cron" label="Schedule" value={input.cron} onChange={(cron) => set({ cron })} mono required hint={<>Minute, hour, day, month, day of the week; or @weekly. <b>{cronWords(input.cron)}</b></>} />
        <SelectField name="time_zone" label="Time zone" value={input.time_zone} onChange={(time_zone) => set({ time_zone })} options={timeZones().map((zone) => [zone, zone])} />
        <div className="grid2">
          <NumberField name="target_seconds" label="Told within, seconds" value={input.target_seconds} onChange={(target_seconds) => set({ target_seconds })} min={1} max={3600} hint="Later is late." />
          <NumberField name="deadline_seconds" label="Lost after, seconds" value={input.deadline_seconds} onChange={(deadline_seconds) => set({ deadline_seconds })} min={10} max={7200} hint="As long again for its end." />
        </div>
        <Tick label="Run drills on schedule" checked={input.enabled} onChange={(enabled) => set({ enabled })} hint="Route alerts with the label drill to where they may go first." />
      </Form>
    </Dialog>
  );
}

export function DrillScheduleNote({ schedule }: { schedule: DrillSchedule }) {
  const mayEdit = useMay()("drills:write");
  const [editing, setEditing] = useState(false);
  return (
    <div className="note" role="status" aria-label="Schedule">
      <b>{schedule.enabled ? cronWords(schedule.cron) : "No schedule"}</b>{" "}
      {schedule.enabled ? <span className="quiet" title={exact(schedule.next_at)}>{schedule.time_zone}, next <When time={schedule.next_at} /></span> : <span className="quiet">Drills run when somebody asks for one.</span>}{" "}
      <span className="quiet">Told within {span(schedule.target_seconds)}, lost after {span(schedule.deadline_seconds)}.</span>{" "}
      {mayEdit && <button className="btn bare tiny" onClick={() => setEditing(true)}>{schedule.enabled ? "Change" : "Plan drills"}</button>}
      {editing && <ScheduleDialog schedule={schedule} onClose={() => setEditing(false)} />}
    </div>
  );
}
