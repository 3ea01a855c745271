// Why nobody is told of an alert that fires, and where that is seen.

import type { SilencedBy, SuppressedBy } from "../api/alerting_types";
import type { IconName } from "../parts/icon";
import { untilWords } from "./format";

interface Why {
  icon: IconName;
  words: string;
  href: string | null;
}

const WORDS: Record<SuppressedBy["kind"], string> = { maintenance: "In maintenance", dependency: "Behind something that is down", waiting: "Waiting for what it depends on" };

export function whyHeld({ kind, id, name, text }: SuppressedBy): Why {
  const words = text || (name ? `${WORDS[kind] ?? "Held back"}: ${name}` : (WORDS[kind] ?? "Held back"));
  if (kind === "maintenance") return { icon: "window", words, href: `/alerts/maintenance/${encodeURIComponent(id)}/edit` };
  return { icon: kind === "waiting" ? "clock" : "link", words, href: "/alerts/dependencies" };
}

export const silencedWords = ({ created_by, ends_at, comment }: SilencedBy) => `Silenced by ${created_by || "somebody"} until ${untilWords(ends_at)}${comment && `: ${comment}`}`;
export const silencePath = (id: string) => `/alerts/silences/${encodeURIComponent(id)}/edit`;

export function splitHeld<T extends { state: string; suppressed_by?: SuppressedBy | null; silenced_by?: SilencedBy | null }>(alerts: T[]) {
  return {
    firing: alerts.filter((one) => one.state === "firing" && !one.suppressed_by && !one.silenced_by),
    silenced: alerts.filter((one) => one.state === "firing" && !one.suppressed_by && one.silenced_by),
    held: alerts.filter((one) => one.state === "firing" && one.suppressed_by),
    pending: alerts.filter((one) => one.state !== "firing"),
  };
}
