import { get, json } from "./request";
import type { Drill, DrillSchedule, DrillScheduleInput } from "./alerting_types";
import type { Page } from "./types";

export const drills = {
  list: () => get<Page<Drill>>("/drills", { limit: 100 }),
  run: () => json<Drill>("POST", "/drills", { body: {} }),
  schedule: () => get<DrillSchedule>("/drills/schedule"),
  plan: (body: DrillScheduleInput, version: number) => json<DrillSchedule>("PUT", "/drills/schedule", { body, version }),
};
