import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useSyncExternalStore } from "react";

// The address bar is the state: every page, tab, filter and time range has an address of its own.

const CHANGE = "monitron:navigate";
let leaveGuard: (() => boolean) | null = null;

// A form with unsaved input may ask before the page is left.
export function guardLeaving(guard: (() => boolean) | null): void {
  leaveGuard = guard;
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === current()) return;
  const samePage = to.split("?")[0] === window.location.pathname;
  if (!samePage && leaveGuard && !leaveGuard()) return;
  if (!samePage) leaveGuard = null;
  window.history[options.replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event(CHANGE));
  if (!samePage) window.scrollTo(0, 0);
}

function current(): string {
  return window.location.pathname + window.location.search;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGE, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGE, listener);
  };
}

export interface Location {
  path: string;
  query: URLSearchParams;
}

export function useLocation(): Location {
  const address = useSyncExternalStore(subscribe, current);
  const [path, search] = address.split("?");
  return { path: path || "/", query: new URLSearchParams(search ?? "") };
}

// Sets or, with an empty value, removes members of the query; the page stays.
export function setQuery(changes: Record<string, string | null | undefined>, replace = true): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  navigate(window.location.pathname + (text ? `?${text}` : ""), { replace });
}

export type Params = Record<string, string>;

// "/checks/:id" against "/checks/42" → { id: "42" }
export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] as string;
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return params;
}

export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !plain || rest.target) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
