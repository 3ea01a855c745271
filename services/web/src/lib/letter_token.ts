import { useState } from "react";

// The token of a letter's link. It stands behind "#", where no server sees it, and leaves the
// address bar, so that it is not copied, bookmarked or kept by the history.
export function takeLetterToken(location: Pick<Location, "hash" | "pathname">, history: Pick<History, "replaceState">): string {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1] ?? "";
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

export function useLetterToken(): string {
  const [token] = useState(() => takeLetterToken(window.location, window.history));
  return token;
}
