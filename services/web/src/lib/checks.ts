import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Check } from "../api/types";
import { allPages } from "./all_pages";
import { useResource } from "./resource";

const FEW = 20; // are asked for one by one

async function byId(ids: string[]): Promise<Check[]> {
  if (ids.length > FEW) return (await allPages(api.checks.list)).items;
  const found = await Promise.all(ids.map((id) => api.checks.one(id).catch((error: unknown) => {
    if (asProblem(error).status === 404) return null; // deleted
    throw error;
  })));
  return found.filter((one) => one !== null);
}

// The checks that are named, however many others there are. Of those that are gone: none.
export function useChecksById(ids: string[]): Map<string, Check> {
  const wanted = [...new Set(ids)].sort();
  const checks = useResource(wanted.length > 0 ? `checks/of/${wanted.length > FEW ? "all" : wanted.join()}` : null, () => byId(wanted), { freshSeconds: 30 });
  return new Map((checks.data ?? []).map((one) => [one.id, one]));
}
