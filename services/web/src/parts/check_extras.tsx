import { api } from "../api/client";
import type { Check, CheckLocationState } from "../api/types";
import { latency } from "../lib/format";
import { useResource } from "../lib/resource";
import { tookOf } from "../lib/result";
import { slotWords } from "../lib/slots";
import { Copy, When } from "./basics";
import { HealthState } from "./state";

// What only some checks have on their page.

export function Ping({ url }: { url: string }) {
  const address = new URL(url, window.location.href).href;
  return (
    <section className="block" aria-label="Ping address">
      <div className="block-head"><h2>Ping address</h2><span className="quiet small">Whoever knows it can call in</span></div>
      <Copy text={address} />
      <p className="quiet small">The job calls it when it has ended well:</p>
      <Copy text={`curl -fsS ${address}`} />
    </section>
  );
}

export function Locations({ states }: { states: CheckLocationState[] }) {
  if (states.length < 2) return null;
  return (
    <section className="block" aria-label="Locations">
      <div className="block-head"><h2>Locations</h2></div>
      <table className="table tight">
        <thead><tr><th>Location</th><th>State</th><th className="num">Since</th><th className="num">Took</th><th>Outcome</th></tr></thead>
        <tbody>
          {states.map((one) => (
            <tr key={one.location}>
              <td className="mono">{one.location}</td><td><HealthState health={one.status} /></td>
              <td className="num quiet">{one.status_since ? <When time={one.status_since} /> : "–"}</td>
              <td className="num">{latency(tookOf(one.last_result))}</td><td className="quiet">{one.last_result?.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const MOST_SLOTS = 100_000;
const minute = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString();

export function SlotLine({ check, fromMs, toMs }: { check: Check; fromMs: number; toMs: number }) {
  const range = { from: minute(fromMs), to: minute(toMs) };
  const few = ((toMs - fromMs) / 1000 / check.interval_seconds) * check.locations.length < MOST_SLOTS;
  const slots = useResource(few ? `check/${check.id}/slots?${range.from}/${range.to}` : null, () => api.checks.slots(check.id, range), { freshSeconds: 50 });
  const words = slots.data && slotWords(slots.data);
  return words ? <p className="quiet small" style={{ marginTop: 8 }}>{words}</p> : null;
}
