import type { Tally } from "../api/types";
import { State } from "./state";

export function TallyParts({ tally }: { tally: Tally }) {
  return (
    <>
      {tally.down > 0 && <State tone="down">{tally.down} down</State>}
      {tally.unknown > 0 && <State tone="unknown">{tally.unknown} unknown</State>}
      {tally.up > 0 && <State tone="up">{tally.up} up</State>}
    </>
  );
}
