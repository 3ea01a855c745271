// Small drawings beside words; never without them.

const PATHS = {
  cross: "M3 3l10 10M13 3L3 13",
  tick: "M2.5 8.5l3.6 3.6L13.5 4",
  plus: "M8 3v10M3 8h10",
  hand: "M4.5 8V4.2a1.2 1.2 0 0 1 2.4 0V7.5M6.9 7V2.7a1.2 1.2 0 0 1 2.4 0V7M9.3 7V3.8a1.2 1.2 0 0 1 2.4 0V10a4.5 4.5 0 0 1-8 2.8L1.8 9.6a1.2 1.2 0 0 1 1.9-1.4L4.5 9",
  back: "M6 3L2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 1 0 8 1.8M8 4.5V8l2.5 1.6",
  person: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 1 0 8 8M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5",
  note: "M2.5 3h11v8H7l-3 2.5V11H2.5z",
  send: "M14 2L7.5 8.5M14 2L9.5 14l-2-5.5L2 6.5z",
  warn: "M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.2v.6",
  quiet: "M4 11V7a4 4 0 0 1 6.5-3.1M12 6.5V11l1 1H5.5M7 14h2M2.5 2.5l11 11",
  window: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 1 0 8 1.8M6.3 5.5v5M9.7 5.5v5",
  link: "M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.5 1.5a3 3 0 0 1-4.3-4.3l1.5-1.5",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 1 0 0-3.6",
  dot: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 1 0 0-5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" className="icon" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
