// The dialog of a status: an export to choose, and where the application has them, past exports and schedules.
import * as React from "react";
import { ExportForm, type ExportFormProps } from "./ExportForm";
import { ExportHistory } from "./ExportHistory";
import { ExportSchedules } from "./ExportSchedules";

export interface ExportDialogProps extends Omit<ExportFormProps, "onCancel"> {
  /** What the status is called. */
  name: string;
  hasHistory: boolean;
  hasSchedules: boolean;
  onClose: () => void;
}

const stop = (event: React.SyntheticEvent) => event.stopPropagation();
/** What is pressed and dragged in the dialog is no business of the board's. */
const KEPT_INSIDE = {
  onPointerDown: stop, onMouseDown: stop, onTouchStart: stop, onKeyDown: stop, onClick: stop, onDragStart: stop,
  onDragEnter: stop, onDragOver: stop, onDragLeave: stop, onDragEnd: stop, onDrop: stop,
};

const TABS = { export: "ייצוא", history: "ייצואים קודמים", schedules: "תזמונים" };
type Tab = keyof typeof TABS;

export function ExportDialog({ name, hasHistory, hasSchedules, onClose, ...form }: ExportDialogProps) {
  const dialog = React.useRef<HTMLDialogElement>(null);
  const ids = React.useId();
  const [shown, setShown] = React.useState<Tab>("export");
  const tabs = (["export", "history", "schedules"] as const).filter(
    (tab) => tab === "export" || (tab === "history" ? hasHistory : hasSchedules));
  const { status, tenant } = form;
  const exportForm = <ExportForm {...form} onCancel={() => dialog.current?.close()} />;
  const close = <button type="button" onClick={() => dialog.current?.close()}>סגירה</button>;

  // Closed before it leaves the page, a dialog gives the focus back to where it was.
  React.useLayoutEffect(() => {
    const shownDialog = dialog.current!;
    shownDialog.showModal();
    return () => shownDialog.close();
  }, []);

  /** Goes to another tab by keyboard; the next one is on the left, as the dialog is written. */
  function turn(event: React.KeyboardEvent<HTMLElement>) {
    const step = { ArrowLeft: 1, ArrowRight: -1, Home: -tabs.indexOf(shown), End: -1 - tabs.indexOf(shown) }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const tab = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length]!;
    setShown(tab);
    event.currentTarget.querySelector<HTMLElement>(`[id="${ids}-${tab}"]`)?.focus();
  }

  return (
    <dialog
      ref={dialog}
      className="export-leads-dialog"
      dir="rtl"
      lang="he"
      aria-labelledby={ids}
      onClose={() => { if (!dialog.current?.open) onClose(); }}
      {...KEPT_INSIDE}
    >
      <h2 id={ids}>ייצוא לידים: {name}</h2>
      {tabs.length === 1 ? exportForm : (
        <>
          <div role="tablist" aria-labelledby={ids} onKeyDown={turn}>
            {tabs.map((tab) => (
              <button
                key={tab} id={`${ids}-${tab}`} type="button" role="tab" aria-selected={tab === shown}
                aria-controls={`${ids}-${tab}-panel`} tabIndex={tab === shown ? 0 : -1} onClick={() => setShown(tab)}
              >
                {TABS[tab]}
              </button>
            ))}
          </div>
          {tabs.map((tab) => (
            <div
              key={tab} id={`${ids}-${tab}-panel`} role="tabpanel" aria-labelledby={`${ids}-${tab}`}
              hidden={tab !== shown}
            >
              {/* what is chosen for an export stays; the others show what there is when they are opened */}
              {tab === "export" && exportForm}
              {tab === "history" && tab === shown && <ExportHistory status={status} tenant={tenant} />}
              {tab === "schedules" && tab === shown && <ExportSchedules status={status} tenant={tenant} />}
              {tab !== "export" && tab === shown && close}
            </div>
          ))}
        </>
      )}
    </dialog>
  );
}
