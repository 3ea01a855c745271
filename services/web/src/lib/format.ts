// Numbers and times as people read them. Everything takes null for "no value" and answers "–".

export const NOTHING = "–";

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

type Maybe = number | null | undefined;

function known(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function bytes(value: Maybe): string {
  if (!known(value)) return NOTHING;
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < BINARY.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(size) : short(size)} ${BINARY[unit]}`;
}

export function bytesPerSecond(value: Maybe): string {
  return known(value) ? `${bytes(value)}/s` : NOTHING;
}

export function perSecond(value: Maybe): string {
  return known(value) ? `${count(value)}/s` : NOTHING;
}

// 0..1 → "37 %"
export function percent(value: Maybe, digits?: number): string {
  if (!known(value)) return NOTHING;
  const share = value * 100;
  const places = digits ?? (share > 0 && share < 10 ? 1 : 0);
  return `${share.toFixed(places)} %`;
}

// Availability must not round up to 100 % when something was down.
export function availability(value: Maybe): string {
  if (!known(value)) return NOTHING;
  if (value >= 1) return "100 %";
  const floored = Math.floor(value * 100_000) / 1000;
  return `${floored.toFixed(floored >= 99 ? 3 : 2)} %`;
}

export function count(value: Maybe): string {
  if (!known(value)) return NOTHING;
  const size = Math.abs(value);
  if (size >= 1e9) return `${short(value / 1e9)} G`;
  if (size >= 1e6) return `${short(value / 1e6)} M`;
  if (size >= 1e4) return `${short(value / 1e3)} k`;
  if (Number.isInteger(value)) return value.toLocaleString("en-GB");
  return size >= 100 ? value.toFixed(0) : value.toFixed(size >= 10 ? 1 : 2);
}

// A measured time: 0.0123 → "12.3 ms"
export function latency(seconds: Maybe): string {
  if (!known(seconds)) return NOTHING;
  if (seconds === 0) return "0 ms";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${short(seconds * 1000)} ms`;
  return `${short(seconds)} s`;
}

const STEPS: [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
  [1, "s"],
];

// A span of time in its two largest units: 3700 → "1 h 1 m"
export function span(seconds: Maybe): string {
  if (!known(seconds)) return NOTHING;
  let rest = Math.max(0, Math.round(seconds));
  if (rest === 0) return "0 s";
  const words: string[] = [];
  for (const [size, unit] of STEPS) {
    if (rest >= size && words.length < 2) {
      words.push(`${Math.floor(rest / size)} ${unit}`);
      rest %= size;
    } else if (words.length > 0) {
      break;
    }
  }
  return words.join(" ");
}

// What a field of seconds says beside the number.
export const inWords = (seconds: number) => (seconds >= 60 ? `That is ${span(seconds)}.` : undefined);

export function ago(time: string | number | null | undefined, now = Date.now()): string {
  if (time === null || time === undefined) return "never";
  const at = typeof time === "number" ? time : Date.parse(time);
  if (Number.isNaN(at)) return NOTHING;
  const seconds = Math.round((now - at) / 1000);
  if (Math.abs(seconds) < 3) return "just now";
  const size = Math.abs(seconds);
  const [unit, name] = STEPS.find(([step]) => size >= step) ?? [1, "s"];
  const words = `${Math.floor(size / unit)} ${name}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

const exactTime = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", year: "numeric", month: "short", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const shortTime = new Intl.DateTimeFormat("en-GB", {
  month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit",
});
const clockTime = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const clockMinutes = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat("en-GB", {
  month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const dayOnly = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "2-digit" });

function formatted(format: Intl.DateTimeFormat, time: string | number | null | undefined): string {
  const at = typeof time === "number" ? time : Date.parse(time ?? "");
  return Number.isNaN(at) ? NOTHING : format.format(at);
}

export const exact = (time: string | number | null | undefined) => formatted(exactTime, time);
export const moment = (time: string | number | null | undefined) => formatted(shortTime, time);
// When something ends: the time alone is enough today.
export function untilWords(time: string, now = Date.now()): string {
  return day(time) === day(now) ? formatted(clockMinutes, time) : moment(time);
}
export const stamp = (time: string | number | null | undefined) => formatted(fullTime, time);
export const clock = (time: string | number | null | undefined) => formatted(clockTime, time);
export const day = (time: string | number | null | undefined) => formatted(dayOnly, time);

// A range in a time zone: days where it is made of whole ones, the last day named and not the
// midnight after it.
export function rangeIn(zone: string | null | undefined, from: number, to: number): string {
  const part = (options: Intl.DateTimeFormatOptions) => {
    try {
      return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone ?? undefined });
    } catch {  // a zone that this browser does not know
      return new Intl.DateTimeFormat("en-GB", options);
    }
  };
  const time = part({ hour: "2-digit", minute: "2-digit" });
  const date = part({ year: "numeric", month: "short", day: "2-digit" });
  if (time.format(from) === "00:00" && time.format(to) === "00:00") {
    const [first, final] = [date.format(from), date.format(to - 1)];
    return first === final ? first : `${first} – ${final}`;
  }
  const [begin, end] = [date.format(from), date.format(to)];
  return `${begin}, ${time.format(from)} – ${begin === end ? "" : `${end}, `}${time.format(to)}`;
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString("en-GB")} ${amount === 1 ? one : many}`;
}
