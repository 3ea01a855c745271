import type { Tally } from "../api/types";
import type { States } from "../lib/tally";
import { State } from "./state";

export function TallyParts({ tally }: { tally: Tally | States }) {
  return (
    <>
      {tally.down > 0 && <State tone="down">{tally.down} down</State>}
      {tally.unknown > 0 && <State tone="unknown">{tally.unknown} unknown</State>}
      {"warn" in tally && tally.warn > 0 && <State tone="warn">{tally.warn} up, warning</State>}
      {tally.up > 0 && <State tone="up">{tally.up} up</State>}
      {(tally.maintenance ?? 0) > 0 && <span className="quiet small">{tally.maintenance} in maintenance</span>}
      {(tally.paused ?? 0) > 0 && <span className="quiet small">{tally.paused} paused</span>}
    </>
  );
}
