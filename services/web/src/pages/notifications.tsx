import { useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Channel, Subscription } from "../api/alerting_types";
import type { Rule } from "../api/types";
import { allPages } from "../lib/all_pages";
import { outcomeOf, trialWords } from "../lib/last_notification";
import { wordsFor } from "../lib/subscription";
import { invalidate, useResource } from "../lib/resource";
import { Chips, Confirm, Empty, Loaded, say, When } from "../parts/basics";
import { ChannelDialog } from "../parts/channel_dialog";
import { State } from "../parts/state";
import { SubscriptionDialog } from "../parts/subscription_dialog";

// How whoever is signed in is told, and of what. Everybody has their own.

// Longer than a webhook may take to answer.
const TRIAL_SECONDS = 15;

async function outcomeOfTrial(before: Channel): Promise<string | null> {
  const end = Date.now() + TRIAL_SECONDS * 1000;
  while (Date.now() < end) {
    const words = trialWords(before, await api.channels.one(before.id));
    if (words) return words;
    await new Promise((go) => setTimeout(go, 500));
  }
  return null;
}

async function tryOut({ id }: Channel): Promise<void> {
  try {
    const before = await api.channels.one(id);
    await api.channels.test(id);
    say(`A trial is on its way to ${before.address ?? before.url}.`);
    say((await outcomeOfTrial(before)) ?? `${before.name}: nothing is heard of the trial yet; what becomes of it is shown here.`);
    invalidate("channels");
  } catch (error) {
    say(asProblem(error).message);
  }
}

function Last({ channel }: { channel: Channel }) {
  const last = channel.last_notification;
  if (!last) return <span className="quiet">Nothing yet</span>;
  const { tone, words, trouble } = outcomeOf(last);
  return <><State tone={tone}>{words}</State><span className="under">{trouble && <span className="anywhere">{trouble} · </span>}<When time={last.at} /></span></>;
}

function Channels({ items }: { items: Channel[] }) {
  const [editing, setEditing] = useState<Channel | "new" | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  return (
    <section aria-label="Channels">
      <div className="block-head"><h2>My channels</h2><span className="more"><button className="btn tiny" onClick={() => setEditing("new")}>Add channel</button></span></div>
      {items.length === 0 ? <Empty title="No channels" actions={<button className="btn main" onClick={() => setEditing("new")}>Add the first one</button>}>An address or a webhook that reaches you. Alertmanager tells those whom its own configuration names.</Empty> : (
        <table className="table cards">
          <thead><tr><th>Channel</th><th>To</th><th style={{ width: "24%" }}>Last message</th><th style={{ width: 70 }}>On</th><th style={{ width: 200 }}><span className="hidden">Actions</span></th></tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <td><strong>{one.name}</strong><span className="under">{one.kind === "email" ? "E-mail" : "Webhook, signed"}</span></td>
                <td className="wide anywhere mono small">{one.address ?? one.url}</td><td data-name="Last message"><Last channel={one} /></td><td data-name="On">{one.enabled ? "Yes" : "Off"}</td>
                <td className="rowacts wide">{one.enabled && <button className="btn bare tiny" aria-label={`Send a test to ${one.name}`} onClick={() => void tryOut(one)}>Send a test</button>}<button className="btn bare tiny" aria-label={`Edit ${one.name}`} onClick={() => setEditing(one)}>Edit</button><button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {editing && <ChannelDialog channel={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
      {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete channel" onClose={() => setDeleting(null)} onConfirm={async () => { await api.channels.remove(deleting.id); invalidate("channels", "subscriptions"); say("The channel is deleted."); }}>What you are told by it, you are not told any more.</Confirm>}
    </section>
  );
}

function Subscriptions({ items, channels, rules }: { items: Subscription[]; channels: Channel[]; rules: Rule[] }) {
  const [editing, setEditing] = useState<Subscription | "new" | null>(null);
  const [deleting, setDeleting] = useState<Subscription | null>(null);
  const channelOf = (one: Subscription) => channels.find((channel) => channel.id === one.channel_id)?.name ?? "–";
  const ruleOf = (one: Subscription) => (one.rule_id ? (rules.find((rule) => rule.id === one.rule_id)?.name ?? "A rule") : "All rules");
  return (
    <section className="block" aria-label="Subscriptions">
      <div className="block-head"><h2>What I am told of</h2>{channels.length > 0 && <span className="more"><button className="btn tiny" onClick={() => setEditing("new")}>Add subscription</button></span>}</div>
      {items.length === 0 ? <p className="quiet">{channels.length > 0 ? "Nothing yet: a subscription says of which alerts you are told." : "Add a channel first."}</p> : (
        <table className="table cards">
          <thead><tr><th>Alerts of</th><th>How</th><th style={{ width: "20%" }}>By</th><th style={{ width: 80 }}>On</th><th style={{ width: 120 }}><span className="hidden">Actions</span></th></tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <td className="wide"><strong>{ruleOf(one)}</strong>{Object.keys(one.selector).length > 0 && <span className="under"><Chips labels={one.selector} /></span>}</td>
                <td className="wide small">{wordsFor(one)}</td><td data-name="By" className="anywhere">{channelOf(one)}</td><td data-name="On">{one.enabled ? "Yes" : "Off"}</td>
                <td className="rowacts wide"><button className="btn bare tiny" aria-label={`Edit the subscription to ${ruleOf(one)}`} onClick={() => setEditing(one)}>Edit</button><button className="btn bare tiny" aria-label={`Delete the subscription to ${ruleOf(one)}`} onClick={() => setDeleting(one)}>Delete</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {editing && <SubscriptionDialog subscription={editing === "new" ? undefined : editing} channels={channels} rules={rules} onClose={() => setEditing(null)} />}
      {deleting && <Confirm title="Delete this subscription?" action="Delete subscription" onClose={() => setDeleting(null)} onConfirm={async () => { await api.subscriptions.remove(deleting.id); invalidate("subscriptions"); say("The subscription is deleted."); }}>You are not told of {ruleOf(deleting)} by {channelOf(deleting)} any more.</Confirm>}
    </section>
  );
}

export function Notifications() {
  const channels = useResource("channels", () => api.channels.list({ limit: 100 }), { everySeconds: 60 });
  const subscriptions = useResource("subscriptions", () => api.subscriptions.list({ limit: 200 }), { everySeconds: 60 });
  const rules = useResource("rules/all", () => allPages(api.rules.list), { freshSeconds: 30 });
  return (
    <Loaded from={channels}>
      {({ items }) => (
        <>
          <Channels items={items} />
          <Loaded from={subscriptions}>{(own) => <Subscriptions items={own.items} channels={items} rules={rules.data?.items ?? []} />}</Loaded>
        </>
      )}
    </Loaded>
  );
}
