import { collection } from "./request";
import type { Dependency, DependencyInput, MaintenanceInput, MaintenanceWindow } from "./alerting_types";

export const maintenance = collection<MaintenanceWindow, MaintenanceInput>("/maintenance-windows");
export const dependencies = collection<Dependency, DependencyInput>("/dependencies");
