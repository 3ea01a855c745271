import { ask, collection } from "./described";

export const channels = {
  ...collection("/channels"),
  test: (id: string) => ask("post", "/channels/{id}/test", { path: { id } }),
};
export const subscriptions = collection("/subscriptions");
