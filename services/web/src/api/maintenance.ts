import { collection, json } from "./request";
import type { Dependency, DependencyInput, MaintenanceInput, MaintenanceWindow, WindowPreview, WindowTimes } from "./alerting_types";

export const maintenance = {
  ...collection<MaintenanceWindow, MaintenanceInput>("/maintenance-windows"),
  preview: (body: WindowTimes) => json<WindowPreview>("POST", "/maintenance-windows/preview", { body }),
};
export const dependencies = collection<Dependency, DependencyInput>("/dependencies");
