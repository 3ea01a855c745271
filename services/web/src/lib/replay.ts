// What a rule would have sent, in words and rows.

import type { Replay, ReplayedPage } from "../api/alerting_types";
import { plural } from "./format";

export interface PageRow extends ReplayedPage {
  side: "new" | "old" | "both";
}

const key = (page: ReplayedPage) => `${page.fired_at} ${JSON.stringify(page.labels)}`;

// The pages of the new rule and those that only the old one would have sent, the newest first.
export function rowsOf(replay: Replay, most = 100): PageRow[] {
  const alone = new Set(replay.only_new.map(key));
  const now = replay.new.pages.map((page): PageRow => ({ ...page, side: replay.old === null || alone.has(key(page)) ? "new" : "both" }));
  const before = replay.only_old.map((page): PageRow => ({ ...page, side: "old" }));
  return [...now, ...before].sort((a, b) => b.fired_at.localeCompare(a.fired_at)).slice(0, most);
}

export function replayWords(replay: Replay): string {
  const pages = replay.new.pages.length;
  if (replay.old === null) return pages === 0 ? "Nobody would have been paged." : `It would have paged ${plural(pages, "time")}.`;
  if (replay.only_new.length + replay.only_old.length === 0) return pages === 0 ? "Neither would have paged anybody." : `Both would have paged the same ${plural(pages, "time")}.`;
  return `${plural(replay.only_new.length, "page")} more, ${plural(replay.only_old.length, "page")} less, ${replay.both} the same.`;
}
