import type { Role } from "../api/types";

// Name, words, and what it may.
export const ROLES: [Role, string, string][] = [
  ["viewer", "Viewer", "sees everything"],
  ["operator", "Operator", "also deals with incidents, silences and maintenance"],
  ["admin", "Administrator", "changes everything"],
];

export function roleName(role: Role): string {
  return ROLES.find(([name]) => name === role)?.[1] ?? role;
}
