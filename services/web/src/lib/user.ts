import { useSyncExternalStore } from "react";
import type { Labels } from "../api/types";
import { onSession, sessionState, type SessionState } from "../api/session";

export function useSession(): SessionState {
  return useSyncExternalStore(onSession, sessionState);
}

export function permissionsOf(session: SessionState): string[] {
  return session.phase === "in" ? (session.user.permissions ?? []) : [];
}

// On what: all there is, what an instance has these labels for, or some instances at least.
export type Reach = "everything" | "something" | Labels;

// By the role everywhere, or by a grant where all of its labels are.
export function mayOn(session: SessionState, permission: string, on: Reach): boolean {
  if (permissionsOf(session).includes(permission)) return true;
  if (session.phase !== "in" || on === "everything") return false;
  return (session.user.limited ?? []).some(({ permissions, labels }) =>
    permissions.includes(permission) && (on === "something" || Object.entries(labels).every(([name, value]) => on[name] === value)));
}

// Whether the person has a permission: what somebody may not do is not shown.
export function useMay(): (permission: string, on?: Reach) => boolean {
  const session = useSession();
  return (permission, on = "everything") => mayOn(session, permission, on);
}
