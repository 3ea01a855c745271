import { expect, test } from "vitest";
import type { Channel, LastNotification } from "../api/alerting_types";
import { outcomeOf, trialWords } from "./last_notification";

const last = (state: LastNotification["state"], detail = "", at = "2026-01-01T00:00:01Z"): LastNotification => ({ kind: "test", state, detail, at });
const channel = (last_notification: LastNotification | null) => ({ name: "hook", last_notification }) as Channel;

test("a trial is waited for until its outcome is known", () => {
  const before = channel(last("failed", "HTTP 500", "2026-01-01T00:00:00Z"));
  expect(trialWords(before, before)).toBeNull();
  expect(trialWords(before, channel(last("sending")))).toBeNull();
  expect(trialWords(before, channel({ ...last("failed"), kind: "fired" }))).toBeNull();
  expect(trialWords(before, channel(last("failed", "HTTP 404")))).toBe("hook: test failed: HTTP 404.");
  expect(trialWords(before, channel(last("failed", "this address may not be called")))).toBe("hook: test failed: this address may not be called.");
  expect(trialWords(before, channel(last("pending", "HTTP 503")))).toBe("hook: test is tried again: HTTP 503.");
  expect(trialWords(channel(null), channel(last("sent", "HTTP 200")))).toBe("hook: test delivered.");
});

test("the latest message of a channel is told in words", () => {
  expect(outcomeOf({ ...last("digested"), kind: "fired" })).toEqual({ tone: "up", words: "Alert delivered in a digest", trouble: "" });
  expect(outcomeOf(last("pending"))).toEqual({ tone: "unknown", words: "Test on its way", trouble: "" });
  expect(outcomeOf(last("pending", "HTTP 503"))).toEqual({ tone: "warn", words: "Test is tried again", trouble: "HTTP 503" });
});
