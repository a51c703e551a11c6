// A column of the Kanban board of outbound calls: its header, with "Select All" and the export, and its leads.
import type { ReactNode } from "react";
import { CheckSquare, Square } from "lucide-react";
import { ExportLeadsButton } from "../src/ExportLeadsButton";
import "../src/kanban.css";

export interface OutboundKanbanColumnProps {
  status: { name: string; label: string };
  tenant: string | number;
  leads: { id: number }[];
  selectedLeadIds: ReadonlySet<number>;
  onSelectAll: (leadIds: number[]) => void;
  onClearSelection: (leadIds: number[]) => void;
  onExportError?: (message: string) => void;
  children?: ReactNode;
}

export function OutboundKanbanColumn({
  status, tenant, leads, selectedLeadIds, onSelectAll, onClearSelection, onExportError, children,
}: OutboundKanbanColumnProps) {
  const leadIds = leads.map((lead) => lead.id);
  const allSelected = leadIds.length > 0 && leadIds.every((id) => selectedLeadIds.has(id));
  const selectLabel = allSelected ? "ניקוי הבחירה" : "בחירת הכול";
  const SelectIcon = allSelected ? CheckSquare : Square;

  return (
    <section className="kanban-column" aria-label={status.label}>
      <header className="kanban-header">
        <h2>{status.label}</h2>
        <span className="kanban-count">({leads.length})</span>
        <button
          type="button"
          className="kanban-button"
          title={selectLabel}
          aria-label={`${selectLabel}: ${status.label}`}
          aria-pressed={allSelected}
          disabled={leads.length === 0}
          onClick={() => (allSelected ? onClearSelection(leadIds) : onSelectAll(leadIds))}
        >
          <SelectIcon aria-hidden />
        </button>
        <ExportLeadsButton status={status} tenant={tenant} leadCount={leads.length} onError={onExportError} />
      </header>
      <div className="kanban-leads">{children}</div>
    </section>
  );
}
