// How often a maintenance window comes again: what people choose, and the RRULE (RFC 5545) that says the same.

export const WEEKDAYS: [string, string][] = [["MO", "Mon"], ["TU", "Tue"], ["WE", "Wed"], ["TH", "Thu"], ["FR", "Fri"], ["SA", "Sat"], ["SU", "Sun"]];
export const PLACES: [string, string][] = [["1", "first"], ["2", "second"], ["3", "third"], ["4", "fourth"], ["-1", "last"]];
const LONG: Record<string, string> = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" };
export const longDay = (day: string) => LONG[day] ?? day;

export type Every = "day" | "week" | "month-day" | "month-weekday" | "text";

export interface Choice {
  every: Every;
  interval: number; // each so many days, weeks, months
  days: string[]; // of the week
  monthDay: number; // 1–31, or -1: the last
  place: string; // of the weekday in its month
  text: string;
}

export const blankChoice = (day: string): Choice => ({ every: "week", interval: 1, days: [day], monthDay: 1, place: "1", text: "" });

// The weekday of "2026-11-22".
export function weekdayOf(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const at = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return WEEKDAYS[(at + 6) % 7]?.[0] ?? "MO";
}

const inOrder = (days: string[]) => WEEKDAYS.map(([day]) => day).filter((day) => days.includes(day));

export function ruleOf(choice: Choice): string {
  const interval = choice.interval > 1 ? `;INTERVAL=${choice.interval}` : "";
  switch (choice.every) {
    case "day":
      return `FREQ=DAILY${interval}`;
    case "week":
      return `FREQ=WEEKLY${interval};BYDAY=${inOrder(choice.days).join(",")}`;
    case "month-day":
      return `FREQ=MONTHLY${interval};BYMONTHDAY=${choice.monthDay}`;
    case "month-weekday":
      return `FREQ=MONTHLY${interval};BYDAY=${choice.place}${inOrder(choice.days)[0] ?? "MO"}`;
    default:
      return choice.text.trim().replace(/^RRULE:/i, "");
  }
}

// The choice that says the same as the rule; what cannot be chosen stays text.
export function choiceOf(rule: string, day: string): Choice {
  const text: Choice = { ...blankChoice(day), every: "text", text: rule };
  const parts = new Map(rule.toUpperCase().split(";").filter(Boolean).map((part) => part.split("=") as [string, string]));
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const names = [...parts.keys()].filter((name) => name !== "FREQ" && name !== "INTERVAL").join();
  const byDay = parts.get("BYDAY") ?? "";
  if (!Number.isInteger(interval) || interval < 1) return text;
  const common = { ...blankChoice(day), interval, text: rule };
  const frequency = parts.get("FREQ");
  if (frequency === "DAILY" && names === "") return { ...common, every: "day" };
  if (frequency === "WEEKLY" && names === "") return { ...common, every: "week", days: [day] };
  if (frequency === "WEEKLY" && names === "BYDAY" && /^(\w\w)(,\w\w)*$/.test(byDay)) return { ...common, every: "week", days: byDay.split(",") };
  if (frequency === "MONTHLY" && names === "BYMONTHDAY" && /^(-1|\d+)$/.test(parts.get("BYMONTHDAY") ?? "")) return { ...common, every: "month-day", monthDay: Number(parts.get("BYMONTHDAY")) };
  const nth = /^(-1|[1-4])([A-Z]{2})$/.exec(byDay);
  if (frequency === "MONTHLY" && names === "BYDAY" && nth) return { ...common, every: "month-weekday", place: nth[1] as string, days: [nth[2] as string] };
  return text;
}

const each = (interval: number, unit: string) => (interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`);

// "every week on Sun, at 02:00"
export function recurrenceWords(rule: string, start: string): string {
  const choice = choiceOf(rule, weekdayOf(start));
  const at = start.slice(11, 16);
  const days = inOrder(choice.days).map((day) => (choice.days.length === 1 ? longDay(day) : WEEKDAYS.find(([key]) => key === day)?.[1])).join(", ");
  switch (choice.every) {
    case "day":
      return `${each(choice.interval, "day")} at ${at}`;
    case "week":
      return `${each(choice.interval, "week")} on ${days} at ${at}`;
    case "month-day":
      return `${each(choice.interval, "month")} on ${choice.monthDay === -1 ? "its last day" : `day ${choice.monthDay}`} at ${at}`;
    case "month-weekday":
      return `${each(choice.interval, "month")} on the ${PLACES.find(([key]) => key === choice.place)?.[1]} ${days} at ${at}`;
    default:
      return `${rule} at ${at}`;
  }
}

export function mistakeOf(choice: Choice): string {
  if (choice.every === "week" && choice.days.length === 0) return "Choose at least one day";
  return "";
}
