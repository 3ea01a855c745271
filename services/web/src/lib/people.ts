import { api } from "../api/client";
import type { User } from "../api/types";
import { allPages } from "./all_pages";
import { useResource } from "./resource";
import { useMay } from "./user";

// All accounts, for whom the person may see them.
export function usePeople(): User[] | undefined {
  return useResource(useMay()("users:read") ? "users/all" : null, () => allPages(api.users.list), { freshSeconds: 60 }).data?.items;
}

export const personName = ({ name, email }: Pick<User, "name" | "email">): string => name || email;
