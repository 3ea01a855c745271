import { api } from "../api/client";
import type { Check } from "../api/types";
import { type Resource, useResource } from "./resource";

// Groups: what their settings mean, and who belongs to which.

export interface Member {
  check_id: string;
  weight: number;
}

export interface Group {
  members: Member[];
  mode: string;
  at_least: number;
}

export const MODES: [string, string][] = [
  ["worst", "all members are up"], ["best", "one member is up"], ["at_least", "so many members are up"], ["weighted", "the members that are up weigh so much"],
];

export const counts = (mode: string): boolean => mode === "at_least" || mode === "weighted";

export function groupOf(check: Check): Group | null {
  const group = check.settings["group"];
  if (!group) return null;
  const members = (group["members"] as Partial<Member>[] | undefined) ?? [];
  return {
    members: members.map((one) => ({ check_id: one.check_id ?? "", weight: one.weight ?? 1 })),
    mode: (group["mode"] as string | undefined) ?? "worst", at_least: (group["at_least"] as number | undefined) ?? 1,
  };
}

export function groupWords({ mode, at_least }: Group): string {
  if (mode === "at_least") return `at least ${at_least} of its members ${at_least === 1 ? "is" : "are"} up`;
  if (mode === "weighted") return `the members that are up weigh ${at_least} or more`;
  return MODES.find(([key]) => key === mode)?.[1] ?? mode;
}

export const groupsWith = (checks: Check[], id: string): Check[] =>
  checks.filter((one) => groupOf(one)?.members.some((member) => member.check_id === id));

export const useEveryCheck = (): Resource<Check[]> =>
  useResource("checks?every", () => api.checks.list({ limit: 1000 }).then((page) => page.items), { freshSeconds: 30 });
