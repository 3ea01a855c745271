import { api } from "./client";
import { asProblem } from "./problem";
import { sessionState } from "./session";
import type { StreamEvent } from "./types";

// One live connection. It opens with a single-use ticket, hands on events in batches, and when
// it breaks it comes back by itself: growing pauses, a fresh token, a fresh ticket.

export interface Filter {
  topics: string;
  server_id?: string;
  metric_type?: string;
}

export type Link =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "waiting"; retryAt: number; since: number };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
// The server pings idle connections, which scripts cannot see; a socket that does not open in
// time is given up.
const OPEN_TIMEOUT_MS = 8_000;

export function pauseAfter(failures: number, random = Math.random()): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(pause * (0.7 + 0.3 * random));
}

export class LiveConnection {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private lostAt = 0;
  private closed = false;
  private status: Link = { state: "connecting" };

  constructor(
    private readonly filter: Filter,
    private readonly receive: (events: StreamEvent[]) => void,
    private readonly changed: (link: Link) => void = () => undefined,
  ) {
    void this.open();
    window.addEventListener("online", this.retryNow);
    document.addEventListener("visibilitychange", this.seen);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.retryNow);
    document.removeEventListener("visibilitychange", this.seen);
    this.socket?.close();
  }

  retryNow = (): void => {
    if (this.closed || this.status.state !== "waiting") return;
    clearTimeout(this.timer);
    void this.open();
  };

  private seen = (): void => {
    if (document.visibilityState === "visible") this.retryNow();
  };

  private become(link: Link): void {
    this.status = link;
    this.changed(link);
  }

  private async open(): Promise<void> {
    if (this.closed) return;
    this.become({ state: "connecting" });
    try {
      if (sessionState().phase !== "in") return this.later();
      const { ticket } = await api.streamTicket();
      if (!this.closed) this.connect(ticket);
    } catch (error) {
      if (asProblem(error).status !== 401) this.later();
    }
  }

  private connect(ticket: string): void {
    const url = new URL("/api/v1/stream", window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("ticket", ticket);
    url.searchParams.set("format", "batch");
    for (const [name, value] of Object.entries(this.filter)) {
      if (value) url.searchParams.set(name, value as string);
    }
    const socket = new WebSocket(url);
    this.socket = socket;
    const giveUp = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(giveUp);
      this.failures = 0;
      this.lostAt = 0;
      this.become({ state: "live" });
    };
    socket.onmessage = (message) => this.receive(eventsIn(message.data));
    socket.onclose = () => {
      clearTimeout(giveUp);
      if (this.socket === socket) this.later();
    };
  }

  private later(): void {
    if (this.closed) return;
    this.failures += 1;
    this.lostAt ||= Date.now();
    const pause = pauseAfter(this.failures);
    this.become({ state: "waiting", retryAt: Date.now() + pause, since: this.lostAt });
    this.timer = setTimeout(() => void this.open(), pause);
  }
}

// What is known may be behind: it is read again.
export function missedSome(events: StreamEvent[]): boolean {
  return events.some((event) => event.type === "resync" || event.type === "dropped");
}

export function eventsIn(data: unknown): StreamEvent[] {
  if (typeof data !== "string") return [];
  try {
    const parsed = JSON.parse(data) as StreamEvent | StreamEvent[];
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return [];
  }
}
