import { beforeEach, describe, expect, it, vi } from "vitest";
import { adopt, bearer, refresh, sessionState, signIn, signOut } from "./session";
import type { Session, User } from "./types";

// The server, which answers a refresh only when it is let.
let told: [path: string, token: string][];
let answerRefresh: (answer: Response) => void;
let asked: Promise<void>;

const session = (token: string) =>
  ({ access_token: `access of ${token}`, refresh_token: token, expires_in: 600, user: { id: "1" } as User }) as Session;
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const stored = () => localStorage.getItem("monitron.refresh") ?? sessionStorage.getItem("monitron.refresh");

beforeEach(async () => {
  told = [];
  let hasAsked: () => void;
  asked = new Promise((done) => (hasAsked = done));
  vi.stubGlobal("fetch", async (path: string, { body }: { body: string }) => {
    const way = path.replace("/api/v1/auth/", "");
    told.push([way, (JSON.parse(body) as { refresh_token: string }).refresh_token]);
    if (way === "login") return json(session("first"));
    if (way === "logout") return new Response(null, { status: 204 });
    hasAsked();
    return new Promise<Response>((done) => (answerRefresh = done));
  });
  await signIn("ada@example.org", "a long enough phrase", true);
});

describe("a session", () => {
  it("is not taken up again by a refresh that was under way when one signed out", async () => {
    const refreshed = refresh();
    await asked;
    await signOut();
    answerRefresh(json(session("second")));
    expect(await refreshed).toBe(false);
    expect(stored()).toBeNull();
    expect(sessionState().phase).toBe("out");
    expect(told).toContainEqual(["logout", "first"]);
    expect(told).toContainEqual(["logout", "second"]);
    await expect(bearer()).rejects.toThrow();
  });

  it("is not ended by the refresh of one before it", async () => {
    const refreshed = refresh();
    await asked;
    await signOut();
    await signIn("bob@example.org", "a long enough phrase", true);
    localStorage.setItem("monitron.refresh", "third");
    answerRefresh(json({ detail: "the refresh token is not valid" }, 401));
    expect(await refreshed).toBe(true);
    expect(stored()).toBe("third");
    expect(sessionState().phase).toBe("in");
  });

  it("is refreshed, and adopted after a change of the password", async () => {
    const refreshed = refresh();
    await asked;
    answerRefresh(json(session("second")));
    expect(await refreshed).toBe(true);
    expect(stored()).toBe("second");
    await adopt(() => Promise.resolve(session("third")));
    expect(stored()).toBe("third");
    await adopt(async () => {
      await signOut();
      return session("fourth");
    });
    expect(stored()).toBeNull();
    expect(sessionState().phase).toBe("out");
  });
});
