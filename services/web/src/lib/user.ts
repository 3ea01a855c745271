import { useSyncExternalStore } from "react";
import { onSession, sessionState, type SessionState } from "../api/session";

export function useSession(): SessionState {
  return useSyncExternalStore(onSession, sessionState);
}

export function permissionsOf(session: SessionState): string[] {
  return session.phase === "in" ? (session.user.permissions ?? []) : [];
}

// Whether the person has a permission: what somebody may not do is not shown.
export function useMay(): (permission: string) => boolean {
  const session = useSession();
  return (permission) => permissionsOf(session).includes(permission);
}
