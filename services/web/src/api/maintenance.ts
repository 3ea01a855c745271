import { ask, collection } from "./described";
import type { WindowTimes } from "./alerting_types";

export const maintenance = {
  ...collection("/maintenance-windows"),
  preview: (body: WindowTimes) => ask("post", "/maintenance-windows/preview", { body }),
};
export const dependencies = collection("/dependencies");
