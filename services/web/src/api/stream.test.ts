import { describe, expect, it } from "vitest";
import { eventsIn, missedSome, pauseAfter } from "./stream";

describe("what the stream tells", () => {
  it("comes one by one or in batches, and nonsense is nothing", () => {
    expect(eventsIn('{"type":"resync"}')).toEqual([{ type: "resync" }]);
    expect(eventsIn('[{"type":"dropped","count":3},{"type":"resync"}]')).toHaveLength(2);
    expect(eventsIn("{")).toEqual([]);
  });
  it("is behind when some of it was lost on its way", () => {
    expect(missedSome(eventsIn('[{"type":"dropped","count":3}]'))).toBe(true);
    expect(missedSome(eventsIn('[{"type":"resync"}]'))).toBe(true);
    expect(missedSome(eventsIn('[{"type":"alert","incident_id":"i"}]'))).toBe(false);
  });
});

describe("after a break", () => {
  it("is asked for anew with growing pauses, ten seconds at most", () => {
    expect(pauseAfter(1, 1)).toBe(500);
    expect(pauseAfter(3, 1)).toBe(2000);
    expect(pauseAfter(30, 1)).toBe(10_000);
    expect(pauseAfter(30, 0)).toBe(7000);
  });
});
