// The button that downloads the leads of one status.
import { useState } from "react";
import { Download, Loader2 } from "lucide-react";
import { ExportError, fetchExport, saveFile } from "./exportLeads";
import "./kanban.css";

export interface ExportLeadsButtonProps {
  status: { name: string; label: string };
  /** Whose leads the page shows. */
  tenant: string | number;
  leadCount: number;
  /** Shows the user what went wrong; where the application has nothing better, an alert does. */
  onError?: (message: string) => void;
}

export function ExportLeadsButton({
  status, tenant, leadCount, onError = (message) => alert(message),
}: ExportLeadsButtonProps) {
  const [isExporting, setIsExporting] = useState(false);
  const label = `ייצוא לידים בסטטוס '${status.label || status.name}'`;

  async function exportLeads() {
    if (isExporting) return;
    setIsExporting(true);
    try {
      saveFile(await fetchExport(status.name, tenant));
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      onError(error.message);
    } finally {
      setIsExporting(false);
    }
  }

  // While it works the button is not `disabled`, which would take the keyboard's focus from it.
  return (
    <button
      type="button"
      className="kanban-button"
      title={label}
      aria-label={label}
      aria-busy={isExporting}
      aria-disabled={isExporting}
      disabled={leadCount === 0}
      onClick={exportLeads}
    >
      {isExporting ? <Loader2 className="kanban-spinner" aria-hidden /> : <Download aria-hidden />}
    </button>
  );
}
