import { useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import { useResource } from "../lib/resource";
import { navigate } from "../lib/router";
import { mayOn, useSession } from "../lib/user";

interface Target {
  name: string;
  more?: string;
  kind: string;
  href: string;
  needs?: string;
  inScopes?: boolean;
}

const PAGES: Target[] = [
  { name: "Overview", kind: "Page", href: "/", needs: "overview:read" },
  { name: "Instances", kind: "Page", href: "/instances", needs: "instances:read", inScopes: true },
  { name: "Checks", kind: "Page", href: "/checks", needs: "checks:read", inScopes: true },
  { name: "Alerts", kind: "Page", href: "/alerts", needs: "alerts:read", inScopes: true },
  { name: "Incidents", kind: "Page", href: "/alerts/incidents", needs: "incidents:read", inScopes: true },
  { name: "Alert rules", kind: "Page", href: "/alerts/rules", needs: "rules:read" },
  { name: "Maintenance", kind: "Page", href: "/alerts/maintenance", needs: "maintenance:read" },
  { name: "Dependencies", kind: "Page", href: "/alerts/dependencies", needs: "dependencies:read" },
  { name: "Reports", kind: "Page", href: "/reports", needs: "reports:read" },
  { name: "Report schedules", kind: "Page", href: "/reports/schedules", needs: "reports:read" },
  { name: "Notifications", kind: "Page", href: "/settings/notifications" },
  { name: "API tokens", kind: "Page", href: "/settings/tokens" },
  { name: "Add agents", kind: "Page", href: "/settings/agents", needs: "enrolment:read" },
];
const ACTIONS: Target[] = [
  { name: "Add a check", kind: "Action", href: "/checks/new", needs: "checks:write", inScopes: true },
  { name: "Add an instance", kind: "Action", href: "/instances/new", needs: "instances:write" },
  { name: "Plan maintenance", kind: "Action", href: "/alerts/maintenance/new", needs: "maintenance:write" },
  { name: "Import rules", kind: "Action", href: "/alerts/rules/import", needs: "rules:write" },
  { name: "Add a rule from a template", kind: "Action", href: "/alerts/rules/templates", needs: "rules:write" },
  { name: "Add an alert rule", kind: "Action", href: "/alerts/rules/new", needs: "rules:write" },
];

// Find an instance, a check or a page by any part of its name.
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const session = useSession();
  const query = text.trim().toLowerCase();
  const instances = useResource(`instances?find=${query}`, () => api.instances.list({ q: query, limit: 20 }), { freshSeconds: 20 });
  const checks = useResource(`checks?find=${query}`, () => api.checks.list({ q: query, limit: 20 }), { freshSeconds: 20 });
  useEffect(() => dialog.current?.showModal(), []);

  const places = useMemo(() => {
    return [...PAGES, ...ACTIONS].filter((one) => !one.needs || mayOn(session, one.needs, one.inScopes ? "something" : "everything"));
  }, [session]);
  const targets = useMemo(() => {
    const all: Target[] = [
      ...(instances.data?.items ?? []).map((one) => ({ name: one.name, more: one.hostname, kind: "Instance", href: `/instances/${one.id}` })),
      ...(checks.data?.items ?? []).map((one) => ({ name: one.name, more: one.target, kind: "Check", href: `/checks/${one.id}` })),
    ];
    const fitting = [...all, ...places].filter((one) => `${one.name} ${one.more ?? ""}`.toLowerCase().includes(query));
    return query ? fitting.slice(0, 12) : [...places.slice(0, 6), ...all.slice(0, 8)];
  }, [instances.data, checks.data, query, places]);

  const go = (target: Target | undefined) => {
    if (!target) return;
    onClose();
    navigate(target.href);
  };
  const onKey = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setChosen((at) => Math.max(0, Math.min(targets.length - 1, at + step)));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      go(targets[chosen]);
    }
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Find anything" onClose={onClose} onCancel={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}>
      <input type="search" value={text} placeholder="Find an instance, a check, a page …" autoFocus role="combobox"
        aria-expanded="true" aria-controls="found" aria-activedescendant={`found-${chosen}`} aria-label="Find"
        onChange={(event) => { setText(event.target.value); setChosen(0); }} onKeyDown={onKey} />
      <ul id="found" role="listbox" aria-label="Found">
        {targets.map((target, index) => (
          <li key={target.href} id={`found-${index}`} role="option" aria-selected={index === chosen}
            onMouseMove={() => setChosen(index)} onClick={() => go(target)}>
            <span>{target.name}</span><span className="quiet small cut">{target.more}</span><span className="quiet kind">{target.kind}</span>
          </li>
        ))}
        {targets.length === 0 && <li className="quiet">Nothing is called that.</li>}
      </ul>
    </dialog>
  );
}
