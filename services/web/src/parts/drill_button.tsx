import { useState } from "react";
import { api } from "../api/client";
import { invalidate } from "../lib/resource";
import { Dialog, say } from "./basics";
import { Form } from "./form";

export function DrillButton() {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const run = async () => {
    await api.drills.run();
    invalidate("drills");
    say("The drill begins.");
    close();
  };
  return (
    <>
      <button className="btn main" data-key="n" onClick={() => setAsking(true)}>Run a drill</button>
      {asking && (
        <Dialog title="Run a drill now?" onClose={close}>
          <Form action="Run it" onSubmit={run} onCancel={close} guard={false}>
            <p>A real alert, <code>MonitronDrill</code> with the label <code>drill="true"</code>, goes to Alertmanager and to whoever subscribed to drills. Alertmanager sends it where its routes say. It ends by itself.</p>
          </Form>
        </Dialog>
      )}
    </>
  );
}
