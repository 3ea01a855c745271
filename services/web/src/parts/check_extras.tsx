import { api } from "../api/client";
import type { Check, CheckEvent, CheckLocationState } from "../api/types";
import { latency, span } from "../lib/format";
import { groupOf, groupWords, useEveryCheck } from "../lib/group";
import { callsOf, heartbeatOf } from "../lib/heartbeat";
import { useResource } from "../lib/resource";
import { checkReason, checkWarning, stateOf, tookOf } from "../lib/result";
import { Link } from "../lib/router";
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
      {callsOf(address).slice(0, 1).map(([when, command]) => <Call key={when} when={when} command={command} />)}
      <details>
        <summary className="small">Other calls</summary>
        {callsOf(address).slice(1).map(([when, command]) => <Call key={when} when={when} command={command} />)}
      </details>
    </section>
  );
}

function Call({ when, command }: { when: string; command: string }) {
  return <><p className="quiet small" style={{ marginTop: 8 }}>{when}:</p><Copy text={command} /></>;
}

const CALLS: Record<string, string> = { success: "well", start: "it began", fail: "it failed", log: "a note" };

export function HeartbeatFacts({ check, events }: { check: Check; events: CheckEvent[] }) {
  const heartbeat = heartbeatOf(check, events);
  if (!heartbeat) return null;
  return (
    <>
      <div><dt>Expected</dt><dd>{heartbeat.expected}</dd></div>
      <div><dt>Grace time</dt><dd>{span(heartbeat.graceSeconds)}</dd></div>
      <div><dt>Last call</dt><dd><When time={heartbeat.lastCall} />{heartbeat.lastCall && CALLS[heartbeat.lastKind] && <span className="quiet">, {CALLS[heartbeat.lastKind]}</span>}</dd></div>
      {heartbeat.dueBy && <div><dt>Next call, at the latest</dt><dd><When time={heartbeat.dueBy} /></dd></div>}
    </>
  );
}

export function Members({ check }: { check: Check }) {
  const group = groupOf(check);
  const every = useEveryCheck();
  if (!group) return null;
  const known = new Map((every.data ?? []).map((one) => [one.id, one]));
  const weighted = group.mode === "weighted";
  return (
    <section className="block" aria-label="Members">
      <div className="block-head"><h2>Members</h2><span className="quiet small">Up while {groupWords(group)}</span></div>
      {group.members.length === 0 ? <p className="quiet">It has none.</p> : (
        <table className="table tight">
          <thead><tr><th style={{ width: 122 }}>State</th><th>Member</th>{weighted && <th className="num">Weight</th>}<th>Reason</th></tr></thead>
          <tbody>
            {group.members.map(({ check_id, weight }) => {
              const one = known.get(check_id);
              return (
                <tr key={check_id}>
                  <td>{one && <HealthState health={one.status} paused={!one.enabled} warning={checkWarning(one)} />}</td>
                  <td>{one ? <Link href={`/checks/${check_id}`}>{one.name}</Link> : every.data ? <span className="quiet">a check that is deleted</span> : null}</td>
                  {weighted && <td className="num">{weight}</td>}
                  <td className="quiet" style={{ overflowWrap: "anywhere" }}>{one && (stateOf(one) === "paused" ? "does not count while it is paused" : checkReason(one))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
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
