import { useSyncExternalStore } from "react";
import { onSession, sessionState, type SessionState } from "../api/session";

export function useSession(): SessionState {
  return useSyncExternalStore(onSession, sessionState);
}

// Viewers see everything and change nothing: controls that change are shown to admins only.
export function useMayEdit(): boolean {
  const session = useSession();
  return session.phase === "in" && session.user.role === "admin";
}
