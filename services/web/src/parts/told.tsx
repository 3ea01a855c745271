import type { Told } from "../api/alerting_types";
import { wordsOf } from "../lib/schema";
import { When } from "./basics";
import { State, type Tone } from "./state";

// The ledger of an incident: what was told to whom, and what became of it.

const CHANNELS: Record<string, string> = { alertmanager: "Alertmanager", alertmanager_receiver: "Alertmanager's receiver", email: "E-mail", webhook: "Webhook" };
const STATES: Record<Told["state"], [Tone, string]> = {
  accepted: ["up", "Accepted"], delivered: ["up", "Notified"], sent: ["up", "Sent"], failed: ["down", "Failed"], suppressed: ["unknown", "Held back"],
};

export function ToldTable({ rows, over }: { rows: Told[]; over: boolean }) {
  return (
    <section className="block" aria-label="Who was told">
      <div className="block-head"><h2>Who was told</h2></div>
      {rows.length === 0 ? <p className="quiet">{over ? "Nobody was told of it." : "Nobody has been told of it yet."}</p> : (
        <table className="table tight cards">
          <thead><tr><th style={{ width: 120 }}>State</th><th>Told</th><th style={{ width: 120 }}>Of</th><th>Detail</th><th className="num" style={{ width: 110 }}>When</th></tr></thead>
          <tbody>
            {rows.map((row, index) => {
              const [tone, words] = STATES[row.state] ?? ["unknown", wordsOf(row.state)];
              return (
                <tr key={index}>
                  <td data-name="State"><State tone={tone}>{words}</State></td>
                  <td data-name="Told"><strong>{CHANNELS[row.channel] ?? wordsOf(row.channel)}</strong> <span className="quiet anywhere">{row.target}</span></td>
                  <td data-name="Of">{wordsOf(row.transition)}</td>
                  <td className="wide anywhere">{row.detail}</td>
                  <td data-name="When" className="num"><When time={row.at} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {rows.some((row) => row.channel === "alertmanager_receiver" && row.state === "delivered") && (
        <p className="quiet">Notified: Alertmanager says so by the receiver's webhook. Whether its other ways (e-mail, Slack …) worked, Alertmanager alone knows.</p>
      )}
    </section>
  );
}
