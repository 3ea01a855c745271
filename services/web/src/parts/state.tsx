import type { Health, Severity } from "../api/types";

// State is told three ways at once: by shape, by word and by colour.

export type Tone = "up" | "down" | "warn" | "unknown";

export function Mark({ tone }: { tone: Tone }) {
  return (
    <svg viewBox="0 0 16 16" className={tone} aria-hidden="true">
      {tone === "up" && <circle cx="8" cy="8" r="7" fill="currentColor" />}
      {tone === "up" && <path d="M4.7 8.3l2.3 2.3 4.3-4.8" fill="none" stroke="var(--ground)" strokeWidth="1.8" />}
      {tone === "down" && <rect x="1.5" y="1.5" width="13" height="13" rx="1.5" fill="currentColor" />}
      {tone === "down" && <path d="M5 5l6 6M11 5l-6 6" fill="none" stroke="var(--ground)" strokeWidth="1.8" />}
      {tone === "warn" && <path d="M8 1l7.3 13.5H.7z" fill="currentColor" />}
      {tone === "warn" && <path d="M8 6v4.2M8 11.4v1.8" fill="none" stroke="var(--ground)" strokeWidth="1.7" />}
      {tone === "unknown" && (
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.6 2" />
      )}
    </svg>
  );
}

export function State({ tone, children }: { tone: Tone; children: React.ReactNode }) {
  return (
    <span className={`state ${tone}`}>
      <Mark tone={tone} />
      {children}
    </span>
  );
}

const HEALTH_WORDS: Record<Health, string> = { up: "Up", down: "Down", unknown: "Unknown" };

export function HealthState({ health, paused, warning }: { health: Health | "paused"; paused?: boolean; warning?: string }) {
  if (paused || health === "paused") return <State tone="unknown">Paused</State>;
  if (warning && health === "up") return <span title={warning}><State tone="warn">Up, warning</State></span>;
  return <State tone={health}>{HEALTH_WORDS[health] ?? health}</State>;
}

export function Flapping({ check }: { check: { flapping?: boolean; flapping_percent?: number } }) {
  if (!check.flapping) return null;
  return <span className="badge warn" title="It goes up and down too often"><Mark tone="warn" />Flapping, {Math.round(check.flapping_percent ?? 0)} %</span>;
}

export function severityTone(severity: Severity): Tone {
  return severity === "critical" ? "down" : severity === "warning" ? "warn" : "unknown";
}

export function SeverityState({ severity }: { severity: Severity }) {
  const words: Record<Severity, string> = { critical: "Critical", warning: "Warning", info: "Info" };
  return <State tone={severityTone(severity)}>{words[severity] ?? severity}</State>;
}
