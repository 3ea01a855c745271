import { useMemo } from "react";
import { api } from "../api/client";
import type { Labels } from "../api/types";
import { BAND, bandLines, bandsOf } from "../lib/band";
import { count, plural } from "../lib/format";
import { useResource } from "../lib/resource";
import { Chart } from "./chart";

// What was, against what is usual at that hour: of all series of a rule, or of those with labels.

const MOST_POINTS = 2000; // of a series in one answer
const SHOWN = 6;

export function BandCharts({ ruleId, labels, fromMs, toMs }: { ruleId: string; labels?: Labels; fromMs: number; toMs: number }) {
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const answer = useResource(`band/${ruleId}/${range.from}/${range.to}`, () => api.rules.band(ruleId, range), { freshSeconds: 60 });
  const found = useMemo(() => {
    const items = answer.data?.items ?? [];
    return (labels ? bandsOf(items, labels) : items).map(bandLines);
  }, [answer.data, labels]);
  if (!answer.data || found.length === 0) return null;
  const step = Math.max(1, (toMs - fromMs) / 1000 / MOST_POINTS) * 2;
  return (
    <section className="block" aria-label="What is usual">
      <div className="block-head"><h2>What is usual</h2><span className="quiet small">The value within its band</span></div>
      <div className="charts">
        {found.slice(0, SHOWN).map((one) => (
          <Chart key={one.name} title={one.name || "Value"} lines={one.lines} band={BAND} step={step} fromMs={fromMs} toMs={toMs} format={count}
            waiting={one.learnt ? undefined : "Too little is known of it yet"} now={one.unusual > 0 ? `${plural(one.unusual, "point")} unusual` : "as usual"} />
        ))}
      </div>
      {(found.length > SHOWN || answer.data.truncated) && <p className="quiet small">There are more series than are drawn.</p>}
    </section>
  );
}
