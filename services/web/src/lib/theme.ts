import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "monitron.theme";
const listeners = new Set<() => void>();
const system = () => window.matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "dark" || chosen === "light" ? chosen : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") {
    delete document.documentElement.dataset["theme"];
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem(KEY, theme);
  }
  for (const listener of listeners) listener();
}

// The theme that is on screen, whether chosen or the system's.
export function shownTheme(): "light" | "dark" {
  const chosen = chosenTheme();
  if (chosen !== "system") return chosen;
  return system().matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const query = system();
  query.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    query.removeEventListener("change", listener);
  };
}

export function useTheme(): { chosen: Theme; shown: "light" | "dark" } {
  const both = useSyncExternalStore(subscribe, () => `${chosenTheme()} ${shownTheme()}`);
  const [chosen, shown] = both.split(" ") as [Theme, "light" | "dark"];
  return { chosen, shown };
}
