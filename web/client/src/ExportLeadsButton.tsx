// The buttons that export the leads of one status: one for a file at a click, one for a dialog to choose in.
import * as React from "react";
import { ChevronDown, Download, Loader2 } from "lucide-react";
import { ExportDialog } from "./ExportDialog";
import { ExportError, fetchExport, saveFile, type ExportRequest, type Format, type Progress } from "./exportLeads";
import "./exportLeads.css";

export interface ExportLeadsButtonProps {
  status: { name: string; label: string };
  /** Whose leads the page shows. */
  tenant: string | number;
  /** How many leads the status has, also those that the page has not loaded; where that is 0 there is nothing to
   * export. Without it, the page does not know. */
  leadCount?: number;
  /** What a click gives. */
  format?: Format;
  /** Whether the dialog shows past exports, where the application has their endpoint. */
  hasHistory?: boolean;
  /** Whether the dialog shows schedules, where the application has their endpoint. */
  hasSchedules?: boolean;
  /** Called when an export begins: what is shown of the one before is over. */
  onStart?: () => void;
  /** Shows the user that the file is there; without it, a line at the bottom of the window does. */
  onSuccess?: (message: string, leadCount: number) => void;
  /** Shows the user what went wrong; without it, a line at the bottom of the window does. The dialog, while it is open,
   * shows it in any case. */
  onError?: (message: string) => void;
}

/** What an export came to. */
interface Outcome {
  success?: string;
  error?: string;
}

/** Takes away what a button says of the last export: all say it in the same place. */
let forgetLast = () => {};

export function ExportLeadsButton(props: ExportLeadsButtonProps) {
  // Where a page shows one status after another in one place, an export of the one is none of the other.
  return <Buttons key={`${props.tenant} ${props.status.name}`} {...props} />;
}

function Buttons({
  status, tenant, leadCount, format = "csv", hasHistory = false, hasSchedules = false, onStart, onSuccess, onError,
}: ExportLeadsButtonProps) {
  const [progress, setProgress] = React.useState<Progress>();
  const [outcome, setOutcome] = React.useState<Outcome>({});
  const [isOpen, setIsOpen] = React.useState(false);
  const running = React.useRef<AbortController | undefined>(undefined);
  const name = status.label || status.name;
  const label = `ייצוא לידים בסטטוס '${name}'`;
  const isDisabled = leadCount === 0;

  function tell(newOutcome: Outcome) {
    forgetLast();
    forgetLast = () => setOutcome({});
    setOutcome(newOutcome);
  }

  async function exportLeads(chosen: Pick<ExportRequest, "format" | "columns" | "from" | "to">, isInDialog = false) {
    if (running.current) return;
    const { signal } = (running.current = new AbortController());
    setProgress({ received: 0, total: 0 });
    tell({});
    try {
      onStart?.();
      const file = await fetchExport({ status: status.name, tenant, ...chosen }, signal, setProgress);
      saveFile(file);
      if (isInDialog) setIsOpen(false);
      tell({ success: exported(file.leadCount) });
      onSuccess?.(exported(file.leadCount), file.leadCount);
    } catch (error) {
      if (signal.aborted) tell({ success: "הייצוא בוטל" });
      else if (!(error instanceof ExportError)) throw error;
      else {
        tell({ error: error.message });
        onError?.(error.message);
      }
    } finally {
      running.current = undefined;
      setProgress(undefined);
    }
  }

  // While it works the button is not `disabled`, which would take the keyboard's focus from it.
  return (
    <span className="export-leads">
      <button
        type="button"
        title={label}
        aria-label={label}
        aria-busy={progress !== undefined}
        aria-disabled={progress !== undefined}
        disabled={isDisabled}
        onClick={() => exportLeads({ format })}
      >
        {progress ? <Loader2 className="export-leads-spinner" aria-hidden /> : <Download aria-hidden />}
      </button>
      <button
        type="button"
        title={`אפשרויות ייצוא: ${name}`}
        aria-label={`אפשרויות ייצוא: ${name}`}
        aria-haspopup="dialog"
        disabled={isDisabled && !hasHistory && !hasSchedules}
        onClick={() => { setOutcome({}); setIsOpen(true); }}
      >
        <ChevronDown aria-hidden />
      </button>
      {/* While the dialog is open, it shows these lines. */}
      <span role="status" className={onSuccess && "export-leads-unseen"}>
        {!isOpen && outcome.success && <span className="export-leads-line">{outcome.success}</span>}
      </span>
      {!isOpen && !onError && outcome.error && (
        <span role="alert" className="export-leads-line">{outcome.error}</span>
      )}
      {isOpen && (
        <ExportDialog
          name={name}
          status={status.name}
          tenant={tenant}
          progress={progress}
          outcome={outcome}
          hasHistory={hasHistory}
          hasSchedules={hasSchedules}
          onExport={(chosen) => exportLeads(chosen, true)}
          onStop={() => running.current?.abort()}
          onClose={() => { setOutcome({}); setIsOpen(false); }}
        />
      )}
    </span>
  );
}

function exported(leadCount: number): string {
  if (isNaN(leadCount)) return "הייצוא הושלם";
  if (leadCount === 0) return "הקובץ נשמר, ואין בו לידים";
  return leadCount === 1 ? "ליד אחד יוצא" : `${leadCount.toLocaleString("he-IL")} לידים יוצאו`;
}
