// Puts the demonstration page on the screen.
import * as React from "react";
import { createRoot } from "react-dom/client";
import { OutboundCallsPage } from "./OutboundCallsPage";

createRoot(document.getElementById("root")!).render(<React.StrictMode><OutboundCallsPage /></React.StrictMode>);
