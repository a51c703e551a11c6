// Puts the demonstration page on the screen.
import { createRoot } from "react-dom/client";
import { OutboundCallsPage } from "./OutboundCallsPage";

createRoot(document.getElementById("root")!).render(<OutboundCallsPage />);
