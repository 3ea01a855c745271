import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { signOut } from "../api/session";
import type { User } from "../api/types";
import { span } from "../lib/format";
import { useLive } from "../lib/live";
import { useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { chooseTheme, useTheme } from "../lib/theme";
import { useMay } from "../lib/user";
import { Dialog } from "./basics";
import { Palette } from "./palette";

// What surrounds every page: navigation, state of the live connection, search, shortcuts.

interface Place {
  href: string;
  name: string;
  key: string;
  icon: string;
  needs?: string[]; // one of them
  inScopes?: boolean; // it shows what grants let somebody see
}

const PLACES: Place[] = [
  { href: "/", name: "Overview", key: "o", needs: ["overview:read"], icon: "M3 12l4-4 4 5 4-8 3 7h3" },
  { href: "/instances", name: "Instances", key: "i", needs: ["instances:read"], inScopes: true, icon: "M4 5h16v5H4zM4 14h16v5H4zM7 7.5h2M7 16.5h2" },
  { href: "/checks", name: "Checks", key: "c", needs: ["checks:read"], inScopes: true, icon: "M4 12l5 5L20 6" },
  { href: "/alerts", name: "Alerts", key: "a", needs: ["alerts:read", "incidents:read"], inScopes: true, icon: "M12 4l9 16H3zM12 10v5M12 17v1" },
  { href: "/reports", name: "Reports", key: "r", needs: ["reports:read"], icon: "M6 3h9l4 4v14H6zM9 12h7M9 16h7" },
  { href: "/settings", name: "Settings", key: "s", icon: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4.5v5M6 14.5v5" },
];

function usePlaces(): Place[] {
  const may = useMay();
  return PLACES.filter(({ needs, inScopes }) => !needs || needs.some((one) => may(one, inScopes ? "something" : "everything")));
}

function isHere(href: string, path: string): boolean {
  if (href === "/") return path === "/";
  if (href === "/alerts" && path.startsWith("/incidents")) return true;
  return path === href || path.startsWith(`${href}/`);
}

function Places({ firing, bottom }: { firing: number; bottom?: boolean }) {
  const { path } = useLocation();
  return (
    <nav className={bottom ? "tabs-bottom" : "nav"} aria-label={bottom ? "Sections" : "Main"}>
      {usePlaces().map((place) => (
        <Link key={place.href} href={place.href} aria-current={isHere(place.href, path) ? "page" : undefined}>
          {bottom && (
            <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7" aria-hidden="true"><path d={place.icon} /></svg>
          )}
          {place.name}
          {place.href === "/alerts" && firing > 0 && <span className="count" aria-label={`${firing} firing`}>{firing}</span>}
        </Link>
      ))}
    </nav>
  );
}

function LinkState() {
  const { link } = useLive();
  const words = { live: "Live", connecting: "Connecting", waiting: "Offline" }[link.state];
  return (
    <span className="linkstate" data-state={link.state} title={`Live connection: ${words.toLowerCase()}`}>
      <i aria-hidden="true" /><span>{words}</span>
    </span>
  );
}

// Shown only when the connection stays away: a blink of a second is nobody's business.
function Banner() {
  const { link, retry } = useLive();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (link.state === "live") return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [link.state]);
  const since = useRef(0);
  if (link.state === "live") since.current = 0;
  if (link.state === "waiting") since.current = link.since;
  if (!since.current || now - since.current < 2000) return null;
  const wait = link.state === "waiting" ? Math.max(0, Math.ceil((link.retryAt - now) / 1000)) : 0;
  return (
    <div className="banner" role="status">
      <span><strong>Live connection lost</strong> {span((now - since.current) / 1000)} ago. What you see may be old.</span>
      <span className="quiet">{wait > 0 ? `Trying again in ${wait} s` : "Connecting …"}</span>
      <button className="btn tiny" onClick={retry}>Try now</button>
    </div>
  );
}

function ThemeButton() {
  const { shown } = useTheme();
  const next = shown === "dark" ? "light" : "dark";
  return (
    <button className="btn bare" onClick={() => chooseTheme(next)} aria-label={`Switch to ${next} theme`} title={`Switch to ${next} theme (t)`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M8 1.7a6.3 6.3 0 0 1 0 12.6z" fill="currentColor" />
      </svg>
    </button>
  );
}

const KEYS: [string, string][] = [
  ["/", "Find anything"], ["?", "This help"], ["j k", "Next, previous row"], ["Enter", "Open the row"],
  ["n", "Add to this list"], ["f", "Filter this list"], ["e", "Edit what is shown"], ["t", "Dark or light"],
];

function Help({ onClose }: { onClose: () => void }) {
  const rows = [...usePlaces().map((place) => [`g ${place.key}`, place.name] as [string, string]), ...KEYS];
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div className="keys">
        {rows.map(([keys, words]) => (
          <div key={keys}><span>{words}</span><span>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</span></div>
        ))}
      </div>
      <div className="actions"><button className="btn" autoFocus onClick={onClose}>Close</button></div>
    </Dialog>
  );
}

function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main tr.go a.name, main .alertrow a")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

function useShortcuts(open: (what: "help" | "find") => void): void {
  const { shown } = useTheme();
  const theme = useRef(shown);
  theme.current = shown;
  useEffect(() => {
    let afterG = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        return open("find");
      }
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (afterG && Date.now() - afterG < 1500) {
        afterG = 0;
        const place = PLACES.find((one) => one.key === event.key);
        if (place) navigate(place.href);
        return;
      }
      const click = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();
      const actions: Record<string, () => void> = {
        g: () => { afterG = Date.now(); },
        "?": () => open("help"),
        "/": () => open("find"),
        j: () => moveRow(1),
        k: () => moveRow(-1),
        n: () => click("main [data-key=n]"),
        e: () => click("main [data-key=e]"),
        f: () => document.querySelector<HTMLElement>("main input[type=search]")?.focus(),
        t: () => chooseTheme(theme.current === "dark" ? "light" : "dark"),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [open]);
}

export function Frame({ user, children }: { user: User; children: ReactNode }) {
  const [shown, setShown] = useState<"help" | "find" | null>(null);
  const { path } = useLocation();
  const overview = useResource(useMay()("overview:read") ? "overview" : null, () => api.overview(), { everySeconds: 20 });
  useShortcuts(setShown);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A new page begins at its top for the keyboard and for screen readers too.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);
  const firing = overview.data?.alerts.firing ?? 0;
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to content</a>
      <header className="bar">
        <div className="bar-in">
          <Link className="brand" href="/" aria-label="Monitron, overview">
            <svg viewBox="0 0 32 32" aria-hidden="true">
              <rect width="32" height="32" rx="7" fill="currentColor" />
              <path d="M5 17h5l3-8 6 15 3-7h5" fill="none" stroke="var(--ground)" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
            </svg>
            Monitron
          </Link>
          <Places firing={firing} />
          <div className="bar-end">
            <LinkState />
            <button className="btn bare" onClick={() => setShown("find")} aria-label="Find anything">
              <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true"><circle cx="7" cy="7" r="4.7" /><path d="M10.6 10.6L14.5 14.5" /></svg>
              <kbd className="wide-only">/</kbd>
            </button>
            <ThemeButton />
            <button className="btn bare wide-only" onClick={() => setShown("help")} aria-label="Keyboard shortcuts"><kbd>?</kbd></button>
            <button className="btn bare" onClick={() => void signOut()} title={`Signed in as ${user.email}`}>Sign out</button>
          </div>
        </div>
        <Banner />
      </header>
      <main id="main" ref={main} tabIndex={-1}>{children}</main>
      <Places firing={firing} bottom />
      {shown === "help" && <Help onClose={() => setShown(null)} />}
      {shown === "find" && <Palette onClose={() => setShown(null)} />}
    </>
  );
}
