import type { ReactNode } from "react";

// What is seen before somebody is signed in.
export function Door({ children }: { children: ReactNode }) {
  return (
    <div className="login">
      <aside>
        <strong>Monitron</strong>
        <h1>See it before they do.</h1>
        <div>
          <svg className="pulse" viewBox="0 0 600 120" preserveAspectRatio="none" aria-hidden="true">
            <path d="M0 70H140l14-22 18 44 20-74 22 84 14-32H330l12-14 16 26 18-52 20 62 12-22H600" />
          </svg>
          <p>Hosts, services and certificates on one calm page. Every alert with its reason.</p>
        </div>
      </aside>
      <section>{children}</section>
    </div>
  );
}
