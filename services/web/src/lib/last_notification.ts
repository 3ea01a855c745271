// What became of the latest message of a channel, in words; and of a trial, until it is known.

import type { Channel, LastNotification } from "../api/alerting_types";
import type { Tone } from "../parts/state";

const KINDS: Record<LastNotification["kind"], string> = { fired: "Alert", reminder: "Reminder", resolved: "End", digest: "Digest", test: "Test" };
const STATES: Record<LastNotification["state"], [Tone, string]> = {
  held: ["unknown", "held back"], waiting: ["unknown", "waits for a digest"], pending: ["unknown", "on its way"], sending: ["unknown", "on its way"],
  sent: ["up", "delivered"], digested: ["up", "delivered in a digest"], failed: ["down", "failed"], suppressed: ["unknown", "not sent"],
};

// What went wrong; of what was taken the words of the other side are of no use.
const troubleOf = (last: LastNotification) => (last.state === "sent" || last.state === "digested" ? "" : last.detail);
const isTriedAgain = (last: LastNotification) => last.state === "pending" && last.detail !== "";

export function outcomeOf(last: LastNotification): { tone: Tone; words: string; trouble: string } {
  const [tone, words] = isTriedAgain(last) ? ["warn" as const, "is tried again"] : STATES[last.state];
  return { tone, words: `${KINDS[last.kind]} ${words}`, trouble: troubleOf(last) };
}

// Of a trial: `before` it was asked for, and now. Nothing: it is not known yet.
export function trialWords(before: Channel, now: Channel): string | null {
  const last = now.last_notification;
  if (!last || last.kind !== "test" || last.at === before.last_notification?.at) return null;
  const isKnown = isTriedAgain(last) || !["pending", "sending"].includes(last.state);
  if (!isKnown) return null;
  const { words, trouble } = outcomeOf(last);
  return `${now.name}: ${words.toLowerCase()}${trouble ? `: ${trouble}` : ""}.`;
}
