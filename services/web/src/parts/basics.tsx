import type { ReactNode } from "react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Problem } from "../api/problem";
import type { Labels } from "../api/types";
import { ago, exact, plural } from "../lib/format";
import { Link } from "../lib/router";

// The small parts that every page uses.

let now = Date.now();
const tickers = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const tick of tickers) tick();
}, 1000);

function subscribeClock(tick: () => void): () => void {
  tickers.add(tick);
  return () => tickers.delete(tick);
}

// A time as "5 m ago", kept up to date, exact on hover and for assistive technology.
export function When({ time }: { time: string | number | null | undefined }) {
  const words = useSyncExternalStore(subscribeClock, () => ago(time, now));
  if (time === null || time === undefined) return <span className="quiet">never</span>;
  const iso = typeof time === "number" ? new Date(time).toISOString() : time;
  return <time dateTime={iso} title={exact(time)} className="nowrap">{words}</time>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Monitron` : "Monitron";
  }, [title]);
}

interface HeadProps {
  title: ReactNode;
  sub?: ReactNode;
  crumb?: ReactNode;
  children?: ReactNode;
}

export function Head({ title, sub, crumb, children }: HeadProps) {
  return (
    <div className="head">
      <div>
        {crumb && <span className="crumb">{crumb}</span>}
        <h1>{title}</h1>
        {sub && <div className="sub">{sub}</div>}
      </div>
      {children && <div className="actions">{children}</div>}
    </div>
  );
}

export function Empty({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

export function Denied() {
  return <Empty title="Your role does not allow this">Ask an administrator if you need it.</Empty>;
}

export function Loading() {
  return <p className="loading" role="status">Loading …</p>;
}

export function Trouble({ problem, retry }: { problem: Problem; retry?: () => void }) {
  if (problem.status === 404) {
    return (
      <Empty title="This does not exist" actions={<Link className="btn" href="/">Go to the overview</Link>}>
        The address may be mistyped, or what it showed has been deleted.
      </Empty>
    );
  }
  return (
    <div className="note bad" role="alert">
      <strong>{problem.message}</strong>{" "}
      {problem.passing && <span className="quiet">Trying again by itself.</span>}
      {problem.requestId && <div className="small quiet">Request {problem.requestId}</div>}
      {retry && <button className="btn tiny" onClick={retry}>Try now</button>}
    </div>
  );
}

// Shows what was loaded; keeps showing it while a reload fails (the banner tells about that).
export function Loaded<T>({ from, children }: {
  from: { data?: T; problem?: Problem; reload: () => void };
  children: (data: T) => ReactNode;
}) {
  if (from.data !== undefined) return <>{children(from.data)}</>;
  if (from.problem) return <Trouble problem={from.problem} retry={from.reload} />;
  return <Loading />;
}

// Below a list that is longer than what is shown of it.
export function ShownOf({ shown, total, what, onMore }: { shown: number; total?: number; what: string; onMore: () => void }) {
  return <p className="small quiet" style={{ marginTop: 10 }}>{total === undefined ? `${plural(shown, what)} shown, there are more` : `${shown} of ${plural(total, what)} shown`} <button className="btn tiny" onClick={onMore}>Show more</button></p>;
}

export function Chips({ labels }: { labels?: Labels | null }) {
  const pairs = Object.entries(labels ?? {});
  if (pairs.length === 0) return null;
  return (
    <span className="chips">
      {pairs.map(([name, value]) => (
        <span className="chip" key={name} title={`${name}=${value}`}>{name}={value}</span>
      ))}
    </span>
  );
}

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, []);
  return (
    <dialog ref={ref} onClose={onClose} onCancel={onClose} aria-label={title}
      onClick={(event) => event.target === ref.current && onClose()}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, action, onConfirm, onClose, children }: ConfirmProps) {
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      {problem && <div className="note bad" role="alert">{problem}</div>}
      <div className="actions">
        <button className="btn" autoFocus onClick={onClose}>Cancel</button>
        <button className="btn main danger" disabled={busy} onClick={() => void confirm()}>{action}</button>
      </div>
    </Dialog>
  );
}

let toasts: { id: number; text: string }[] = [];
const toastListeners = new Set<() => void>();
function setToasts(next: typeof toasts): void {
  toasts = next;
  for (const listener of toastListeners) listener();
}

export function say(text: string): void {
  const id = Math.random();
  setToasts([...toasts.slice(-3), { id, text }]);
  setTimeout(() => setToasts(toasts.filter((toast) => toast.id !== id)), 5000);
}

export function Toasts() {
  const shown = useSyncExternalStore((listener) => {
    toastListeners.add(listener);
    return () => toastListeners.delete(listener);
  }, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => <div className="toast" key={toast.id}>{toast.text}</div>)}
    </div>
  );
}

export function Copy({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => setDone(true));
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <div className="copy">
      <pre className="code" tabIndex={0}>{text}</pre>
      <button type="button" className="btn" onClick={copy}>{done ? "Copied" : "Copy"}</button>
    </div>
  );
}
