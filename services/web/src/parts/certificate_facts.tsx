import type { CheckEvent, CheckResult } from "../api/types";
import { certificateOf } from "../lib/certificate";
import { exact, span } from "../lib/format";
import { State } from "./state";

export function CertificateFacts({ result, events }: { result?: CheckResult | null; events: CheckEvent[] }) {
  const certificate = certificateOf(result, events);
  if (!certificate) return null;
  const left = certificate.expiresMs === null ? null : (certificate.expiresMs - Date.now()) / 1000;
  const tone = left === null ? "unknown" : left < 86_400 * 7 ? "down" : left < 86_400 * 30 ? "warn" : "up";
  return (
    <section className="block" aria-label="Certificate">
      <div className="block-head"><h2>Certificate</h2></div>
      <dl className="facts">
        {left !== null && <div><dt>Expires</dt><dd><State tone={tone}>{left > 0 ? `in ${span(left)}` : `${span(-left)} ago`}</State><br /><span className="small quiet">{exact(certificate.expiresMs)}</span></dd></div>}
        {certificate.facts.map(([name, value]) => <div key={name} className={value.length > 48 ? "wide" : value.length > 18 ? "double" : undefined}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {certificate.chain.length > 1 && (
        <details style={{ marginTop: 8 }}>
          <summary className="small">The chain</summary>
          <table className="table tight cards">
            <thead><tr><th>Subject</th><th>Issuer</th><th>Valid until</th></tr></thead>
            <tbody>{certificate.chain.map((one) => <tr key={`${one.subject} ${one.issuer}`}><td>{one.subject}</td><td data-name="Issuer">{one.issuer}</td><td data-name="Valid until">{exact(one.expires)}</td></tr>)}</tbody>
          </table>
        </details>
      )}
    </section>
  );
}
