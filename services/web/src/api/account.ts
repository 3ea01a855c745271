import { ask } from "./described";

// What people do with their own account.
export const account = {
  change: (body: { name?: string; email?: string; password?: string }) => ask("patch", "/me", { body }),
  askToVerify: () => ask("post", "/me/email-verification", {}),
  sessions: () => ask("get", "/me/sessions", {}),
  endSession: (id: string) => ask("delete", "/me/sessions/{id}", { path: { id } }),
  endOtherSessions: () => ask("delete", "/me/sessions", {}),
  totp: () => ask("get", "/me/totp", {}),
  beginTotp: (password: string) => ask("post", "/me/totp", { body: { password } }),
  confirmTotp: (code: string) => ask("post", "/me/totp/confirm", { body: { code } }),
  endTotp: (password: string, code: string) => ask("post", "/me/totp/disable", { body: { password, code } }),
};
