import { createRoot } from "react-dom/client";
import { resume, watchOtherTabs } from "./api/session";
import { App } from "./app";
import "uplot/dist/uPlot.min.css";
import "./styles.css";
import "./alerting.css";

watchOtherTabs();
void resume();
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
