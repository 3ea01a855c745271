import { expect, test } from "vitest";
import { blankChoice, choiceOf, mistakeOf, recurrenceWords, ruleOf, weekdayOf, type Choice } from "./recurrence";

const choice = (change: Partial<Choice>): Choice => ({ ...blankChoice("SU"), ...change });

test("what is chosen becomes a rule, and the rule the same choice", () => {
  const pairs: [Partial<Choice>, string][] = [
    [{ every: "day", interval: 2 }, "FREQ=DAILY;INTERVAL=2"],
    [{ every: "week", days: ["SU", "MO"] }, "FREQ=WEEKLY;BYDAY=MO,SU"],
    [{ every: "month-day", monthDay: -1 }, "FREQ=MONTHLY;BYMONTHDAY=-1"],
    [{ every: "month-weekday", place: "2", days: ["TU"], interval: 3 }, "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU"],
  ];
  for (const [change, rule] of pairs) {
    expect(ruleOf(choice(change))).toBe(rule);
    expect(ruleOf(choiceOf(rule, "SU"))).toBe(rule);
    expect(choiceOf(rule, "SU").every).toBe(change.every);
  }
});

test("a rule that cannot be chosen stays the text it is", () => {
  for (const rule of ["FREQ=YEARLY;BYMONTH=1", "FREQ=WEEKLY;BYDAY=MO;COUNT=5", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"]) {
    expect(choiceOf(rule, "SU").every).toBe("text");
    expect(ruleOf(choiceOf(rule, "SU"))).toBe(rule);
  }
  expect(ruleOf(choice({ every: "text", text: " RRULE:FREQ=DAILY " }))).toBe("FREQ=DAILY");
});

test("a week without days is a mistake", () => {
  expect(mistakeOf(choice({ days: [] }))).not.toBe("");
  expect(mistakeOf(choice({ every: "day", days: [] }))).toBe("");
});

test("a rule is told as people say it", () => {
  expect(weekdayOf("2026-11-22")).toBe("SU");
  expect(recurrenceWords("FREQ=WEEKLY;BYDAY=SU", "2026-11-22T02:00:00")).toBe("every week on Sunday at 02:00");
  expect(recurrenceWords("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "2026-11-22T02:00:00")).toBe("every 2 weeks on Mon, Fri at 02:00");
  expect(recurrenceWords("FREQ=MONTHLY;BYDAY=-1SU", "2026-11-22T23:30:00")).toBe("every month on the last Sunday at 23:30");
  expect(recurrenceWords("FREQ=YEARLY", "2026-11-22T02:00:00")).toBe("FREQ=YEARLY at 02:00");
});
