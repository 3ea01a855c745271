import { useState } from "react";
import { api } from "../api/client";
import type { Channel, Subscription, SubscriptionInput } from "../api/alerting_types";
import type { Rule, Severity } from "../api/types";
import { blankSubscription, inputOf, limitOf, mayHaveThreshold } from "../lib/subscription";
import { invalidate } from "../lib/resource";
import { Dialog, say } from "./basics";
import { Form, NumberField, PairsField, SelectField, Tick } from "./form";

const SEVERITIES: [Severity, string][] = [["info", "All severities"], ["warning", "Warnings and critical ones"], ["critical", "Critical ones"]];
const REMIND: [string, string][] = [["0", "Never"], ["900", "Every 15 minutes"], ["3600", "Every hour"], ["14400", "Every 4 hours"], ["86400", "Every day"]];

// What its owner is told of, and how.
export function SubscriptionDialog({ subscription, channels, rules, onClose }: { subscription?: Subscription; channels: Channel[]; rules: Rule[]; onClose: () => void }) {
  const [input, setInput] = useState<SubscriptionInput>(() => (subscription ? inputOf(subscription) : blankSubscription(channels[0]?.id ?? "")));
  const set = (change: Partial<SubscriptionInput>) => setInput((before) => ({ ...before, ...change }));
  const rule = rules.find((one) => one.id === input.rule_id);
  const own = mayHaveThreshold(rule);
  const save = async () => {
    const body = { ...input, threshold: own && input.threshold !== null && !Number.isNaN(input.threshold) ? input.threshold : null };
    if (subscription) await api.subscriptions.replace(subscription.id, body, subscription.version);
    else await api.subscriptions.add(body);
    invalidate("subscriptions");
    say(subscription ? "Saved." : "You will be told.");
    onClose();
  };
  const remind = REMIND.some(([seconds]) => seconds === String(input.remind_seconds)) ? REMIND : [...REMIND, [String(input.remind_seconds), `Every ${input.remind_seconds} s`] as [string, string]];
  return (
    <Dialog title={subscription ? "Edit subscription" : "Be told of alerts"} onClose={onClose}>
      <Form action={subscription ? "Save" : "Subscribe"} onSubmit={save} onCancel={onClose} guard={false}>
        <SelectField name="channel_id" label="By" value={input.channel_id} onChange={(channel_id) => set({ channel_id })} options={channels.map((one) => [one.id, one.name])} />
        <SelectField name="rule_id" label="Alerts of" value={input.rule_id ?? ""} onChange={(id) => set({ rule_id: id || null, threshold: null })} options={[["", "All rules"], ...rules.map((one): [string, string] => [one.id, one.name])]} />
        {own && <NumberField name="threshold" label="My own limit" value={input.threshold ?? NaN} onChange={(threshold) => set({ threshold: Number.isNaN(threshold) ? null : threshold })} step="any" optional={limitOf(rule) ?? NaN} hint={<>Instead of the rule's, for me alone: <code>{rule?.expr}</code></>} />}
        <SelectField name="min_severity" label="Of severity" value={input.min_severity} onChange={(severity) => set({ min_severity: severity as Severity })} options={SEVERITIES} />
        <PairsField name="selector" label="With these labels" value={input.selector} onChange={(selector) => set({ selector })} hint="None: all of them." />
        <div className="grid2">
          <SelectField name="remind_seconds" label="Remind, until acknowledged" value={String(input.remind_seconds)} onChange={(seconds) => set({ remind_seconds: Number(seconds) })} options={remind} />
          <NumberField name="digest_above" label="One digest above" value={input.digest_above} onChange={(digest_above) => set({ digest_above })} min={0} max={10_000} hint="Beginnings told alone in 5 minutes; critical ones wait 30 s at most. 0: never." />
        </div>
        <Tick label="Tell me when it is over, too" checked={input.send_resolved} onChange={(send_resolved) => set({ send_resolved })} />
        <Tick label="Tell me of drills, too" checked={input.drills} onChange={(drills) => set({ drills })} hint="Of every one, whatever is chosen above." />
        <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} />
      </Form>
    </Dialog>
  );
}
