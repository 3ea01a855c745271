import { ask } from "./described";
import type { DrillScheduleInput } from "./alerting_types";

export const drills = {
  list: () => ask("get", "/drills", { query: { limit: 100 } }),
  run: () => ask("post", "/drills", {}),
  schedule: () => ask("get", "/drills/schedule", {}),
  plan: (body: DrillScheduleInput, version: number) => ask("put", "/drills/schedule", { body, version }),
};
