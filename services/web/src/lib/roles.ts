import { api } from "../api/client";
import type { Role } from "../api/types";
import { useResource } from "./resource";
import { useMay } from "./user";

// Built-in roles: name, words, and what they may. The least first.
const BUILT_IN: [string, string, string][] = [
  ["member", "Member", "has the own account alone"],
  ["viewer", "Viewer", "sees everything"],
  ["operator", "Operator", "also deals with incidents, silences and maintenance"],
  ["admin", "Administrator", "changes everything"],
];

export function roleName(role: string): string {
  return BUILT_IN.find(([name]) => name === role)?.[1] ?? role;
}

// For a choice: built-in roles, then those that people made, as far as they are known here.
export function roleOptions(roles: Role[]): [string, string][] {
  const own = roles.filter((one) => !one.built_in).sort((a, b) => a.name.localeCompare(b.name));
  return [
    ...BUILT_IN.map(([name, words, what]): [string, string] => [name, `${words}: ${what}`]),
    ...own.map((one): [string, string] => [one.name, one.description ? `${one.name}: ${one.description}` : one.name]),
  ];
}

// The choice for whom the person may see what there is; else the built-in ones, and the one there is.
export function useRoleOptions(current: string): [string, string][] {
  const may = useMay();
  const roles = useResource(may("roles:read") ? "roles" : null, () => api.roles.list({ limit: 1000 }));
  const options = roleOptions(roles.data?.items ?? []);
  return options.some(([name]) => name === current) ? options : [...options, [current, current]];
}

// "checks:write" → "write"
export function verbOf(permission: string): string {
  return permission.slice(permission.indexOf(":") + 1);
}

// In the order that they come in.
export function byResource<T extends { resource: string }>(permissions: T[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of permissions) groups.set(one.resource, [...(groups.get(one.resource) ?? []), one]);
  return [...groups];
}
