import { collection, id, json } from "./request";
import type { Channel, ChannelInput, Subscription, SubscriptionInput } from "./alerting_types";

export const channels = {
  ...collection<Channel, ChannelInput>("/channels"),
  test: (key: string) => json<{ id: string }>("POST", `/channels/${id(key)}/test`, { body: {} }),
};
export const subscriptions = collection<Subscription, SubscriptionInput>("/subscriptions");
