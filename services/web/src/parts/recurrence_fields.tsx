import { longDay, mistakeOf, PLACES, WEEKDAYS, type Choice, type Every } from "../lib/recurrence";
import { Field, NumberField, SelectField, TextField } from "./form";

// How often a window comes again: days and weeks to choose, or the rule as text.

const EVERY: [Every, string][] = [["day", "Day"], ["week", "Week"], ["month-day", "Month, on a day"], ["month-weekday", "Month, on a weekday"], ["text", "As a rule (RRULE)"]];
const MONTH_DAYS: [string, string][] = [...Array.from({ length: 31 }, (_, at): [string, string] => [String(at + 1), `Day ${at + 1}`]), ["-1", "The last day"]];
const UNITS: Partial<Record<Every, string>> = { day: "days", week: "weeks", "month-day": "months", "month-weekday": "months" };

function Days({ value, onChange }: { value: string[]; onChange: (days: string[]) => void }) {
  return (
    <div className="seg days" role="group" aria-label="Days of the week">
      {WEEKDAYS.map(([day, words]) => {
        const on = value.includes(day);
        return <button type="button" key={day} aria-pressed={on} aria-label={longDay(day)} onClick={() => onChange(on ? value.filter((one) => one !== day) : [...value, day])}>{words}</button>;
      })}
    </div>
  );
}

export function RecurrenceFields({ choice, onChange }: { choice: Choice; onChange: (choice: Choice) => void }) {
  const set = (change: Partial<Choice>) => onChange({ ...choice, ...change });
  const unit = UNITS[choice.every];
  const mistake = mistakeOf(choice);
  return (
    <>
      <div className="grid2">
        <SelectField name="every" label="Every" value={choice.every} onChange={(every) => set({ every: every as Every })} options={EVERY} />
        {unit && <NumberField name="interval" label={`Each so many ${unit}`} value={choice.interval} onChange={(interval) => set({ interval })} min={1} max={99} />}
        {choice.every === "month-day" && <SelectField name="month_day" label="On" value={String(choice.monthDay)} onChange={(day) => set({ monthDay: Number(day) })} options={MONTH_DAYS} />}
        {choice.every === "month-weekday" && <SelectField name="place" label="On the" value={choice.place} onChange={(place) => set({ place })} options={PLACES} />}
        {choice.every === "month-weekday" && <SelectField name="weekday" label="Weekday" value={choice.days[0] ?? "MO"} onChange={(day) => set({ days: [day] })} options={WEEKDAYS.map(([day]) => [day, longDay(day)])} />}
      </div>
      {choice.every === "week" && <Field name="days" label="On" mistake={mistake}>{() => <Days value={choice.days} onChange={(days) => set({ days })} />}</Field>}
      {choice.every === "text" && <TextField name="recurrence.rrule" label="Rule" value={choice.text} onChange={(text) => set({ text })} required mono placeholder="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1" hint="RRULE of RFC 5545." />}
    </>
  );
}
