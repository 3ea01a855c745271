import { Problem, problemFrom } from "./problem";
import type { LoginChallenge, Session, User } from "./types";

// Who is signed in. The access token lives in memory only; the refresh token is kept in the
// browser so that a reload does not ask for the password again.

const KEY = "monitron.refresh";
const LOCK = "monitron.refresh";
const AT_PROVIDER = "monitron.at_provider"; // the session was begun at the OpenID provider

export type SessionState =
  | { phase: "starting" }
  | { phase: "out"; reason?: string }
  | { phase: "in"; user: User };

let state: SessionState = { phase: "starting" };
let accessToken: string | null = null;
let expiresAt = 0;
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

export function sessionState(): SessionState {
  return state;
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function storedRefreshToken(): string | null {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
}

function storeRefreshToken(token: string): void {
  (sessionStorage.getItem(KEY) ? sessionStorage : localStorage).setItem(KEY, token);
}

function accept(session: Session): void {
  accessToken = session.access_token;
  expiresAt = Date.now() + session.expires_in * 1000;
  const known = state.phase === "in" ? JSON.stringify(state.user) : "";
  if (JSON.stringify(session.user) !== known) become({ phase: "in", user: session.user });
}

function forget(reason?: string): void {
  accessToken = null;
  expiresAt = 0;
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  localStorage.removeItem(AT_PROVIDER);
  become({ phase: "out", reason });
}

async function post(path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(`/api/v1/auth/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, {});
  }
}

// What needs no session: most of what letters lead to.
export async function askOpenly(path: string, body: unknown): Promise<Response> {
  const response = await post(path, body);
  if (!response.ok) throw await problemFrom(response);
  return response;
}

function begin(session: Session, keep: boolean): void {
  sessionStorage.removeItem(KEY);
  (keep ? localStorage : sessionStorage).setItem(KEY, session.refresh_token);
  accept(session);
}

// Who has a second factor gets a challenge instead of a session.
export async function signIn(email: string, password: string, keep: boolean): Promise<LoginChallenge | null> {
  const response = await askOpenly("login", { email, password });
  if (response.status === 202) return (await response.json()) as LoginChallenge;
  begin((await response.json()) as Session, keep);
  return null;
}

export async function finishSignIn(challenge: LoginChallenge, code: string, keep: boolean): Promise<void> {
  const response = await askOpenly("login/verify", { challenge_token: challenge.challenge_token, code });
  begin((await response.json()) as Session, keep);
}

export interface SignInWays {
  registration: "open" | "invitation" | "off";
  oidc: { label: string } | null;
}

export async function signInWays(): Promise<SignInWays> {
  const response = await fetch("/api/v1/auth/methods");
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as SignInWays;
}

// Back from the OpenID provider: the browser shows, by its cookie, that it was let in there.
export async function finishAtProvider(): Promise<void> {
  const response = await askOpenly("oidc/session", {});
  begin((await response.json()) as Session, true);
  localStorage.setItem(AT_PROVIDER, "1");
}

export async function acceptInvitation(token: string, name: string, password: string): Promise<void> {
  const response = await askOpenly("invitations/accept", { token, name, password });
  begin((await response.json()) as Session, true);
}

// The own account has changed.
export function know(user: User): void {
  if (state.phase === "in") become({ phase: "in", user });
}

// After a change of the password: the sessions of before have ended, this one takes their place.
export async function adopt(change: () => Promise<Session>): Promise<void> {
  await inTurn(async () => {
    const token = storedRefreshToken();
    const session = await change();
    if (storedRefreshToken() !== token) {
      await post("logout", { refresh_token: session.refresh_token }).catch(() => undefined);
      return;
    }
    storeRefreshToken(session.refresh_token);
    accept(session);
  });
}

export async function signOut(): Promise<void> {
  const token = storedRefreshToken();
  const atProvider = localStorage.getItem(AT_PROVIDER) !== null;
  forget();
  if (token) await post("logout", { refresh_token: token }).catch(() => undefined);
  if (atProvider) window.location.assign("/api/v1/auth/oidc/logout");
}

// A refresh token works once and using it twice ends the session, so tabs take turns and each
// reads the stored token only when it is its turn.
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request(LOCK, work);
  return work();
}

async function refreshNow(): Promise<boolean> {
  const token = storedRefreshToken();
  if (!token) {
    forget();
    return false;
  }
  const response = await post("refresh", { refresh_token: token });
  // Meanwhile somebody signed out, here or in another tab, or signed in anew: that counts. What has
  // just come ends with its session; should the server not know yet, it is told.
  const overtaken = storedRefreshToken() !== token;
  if (overtaken && !response.ok) return state.phase === "in";
  if (response.ok) {
    const session = (await response.json()) as Session;
    if (overtaken) {
      await post("logout", { refresh_token: session.refresh_token }).catch(() => undefined);
      return state.phase === "in";
    }
    storeRefreshToken(session.refresh_token);
    accept(session);
    return true;
  }
  const problem = await problemFrom(response);
  if (problem.status === 401 || problem.status === 400 || problem.status === 403) {
    forget("Your session has ended. Please sign in again.");
    return false;
  }
  throw problem;
}

// True when there is a usable access token afterwards, false when signed out; throws when the
// server cannot be asked (the session is then kept).
export function refresh(): Promise<boolean> {
  refreshing ??= inTurn(refreshNow).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

export async function bearer(): Promise<string> {
  if (!accessToken || Date.now() > expiresAt - 15_000) {
    if (!(await refresh())) throw new Problem(401, {});
  }
  return accessToken ?? "";
}

export function dropAccessToken(token: string): void {
  if (accessToken === token) accessToken = null;
}

// Called once at start; keeps trying while the server is away.
export async function resume(waitMs = 1000): Promise<void> {
  if (!storedRefreshToken()) return become({ phase: "out" });
  try {
    await refresh();
  } catch {
    setTimeout(() => void resume(Math.min(waitMs * 1.6, 10_000)), waitMs);
  }
}

// Signing out in one tab signs out all of them.
export function watchOtherTabs(): void {
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    if (event.newValue === null && state.phase === "in" && !storedRefreshToken()) forget();
    if (event.newValue !== null && state.phase === "out") void resume();
  });
}
