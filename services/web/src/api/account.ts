import { get, id, json } from "./request";
import type { OwnSession, Page, TotpState, User } from "./types";

// What people do with their own account.
export const account = {
  change: (body: { name?: string; email?: string; password?: string }) => json<User>("PATCH", "/me", { body }),
  askToVerify: () => json<void>("POST", "/me/email-verification", { body: {} }),
  sessions: () => get<Page<OwnSession>>("/me/sessions"),
  endSession: (key: string) => json<void>("DELETE", `/me/sessions/${id(key)}`),
  endOtherSessions: () => json<void>("DELETE", "/me/sessions"),
  totp: () => get<TotpState>("/me/totp"),
  beginTotp: (password: string) => json<{ secret: string; uri: string }>("POST", "/me/totp", { body: { password } }),
  confirmTotp: (code: string) => json<{ recovery_codes: string[] }>("POST", "/me/totp/confirm", { body: { code } }),
  endTotp: (password: string, code: string) => json<void>("POST", "/me/totp/disable", { body: { password, code } }),
};
