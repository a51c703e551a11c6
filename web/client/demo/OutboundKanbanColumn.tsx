// A column of the demonstration's board: its header, with "Select All" and the export, and the leads that are loaded.
import * as React from "react";
import { CheckSquare, Square } from "lucide-react";
import { ExportLeadsButton } from "../src/ExportLeadsButton";
import "./OutboundKanbanColumn.css";

export interface OutboundKanbanColumnProps {
  /** The header's colours are classes. */
  status: { name: string; label: string; color: string };
  tenant: string | number;
  /** Those of the pages that are loaded. */
  leads: { id: number }[];
  /** How many the server has. */
  total: number;
  canExport: boolean;
  selectedLeadIds: ReadonlySet<number>;
  onSelectAll: (leadIds: number[]) => void;
  onClearSelection: (leadIds: number[]) => void;
  onMore: () => void;
  onExportStart?: () => void;
  onExportError?: (message: string) => void;
  children?: React.ReactNode;
}

export function OutboundKanbanColumn({
  status, tenant, leads, total, canExport, selectedLeadIds, onSelectAll, onClearSelection, onMore, onExportStart,
  onExportError, children,
}: OutboundKanbanColumnProps) {
  const title = status.label || status.name;
  const leadIds = leads.map((lead) => lead.id);
  const allSelected = leadIds.length > 0 && leadIds.every((id) => selectedLeadIds.has(id));
  const selectLabel = allSelected ? "ניקוי הבחירה" : "בחירת הכול";
  const SelectIcon = allSelected ? CheckSquare : Square;
  const moreLabel = leads.length > 0 ? "הצגת עוד" : "הצגת הלידים";

  return (
    <section className="kanban-column" aria-label={title}>
      <header className={`kanban-header ${status.color}`}>
        <div className="kanban-title">
          <h2>{title}</h2>
          <span>({leads.length < total ? `${leads.length} מתוך ${total}` : total})</span>
        </div>
        <button
          type="button"
          className="kanban-select"
          title={selectLabel}
          aria-label={`${selectLabel}: ${title}`}
          aria-pressed={allSelected}
          disabled={leads.length === 0}
          onClick={() => (allSelected ? onClearSelection(leadIds) : onSelectAll(leadIds))}
        >
          <SelectIcon aria-hidden />
        </button>
        {canExport && (
          <ExportLeadsButton status={status} tenant={tenant} leadCount={total} hasHistory hasSchedules
            onStart={onExportStart} onError={onExportError} />
        )}
      </header>
      {total === 0 && <p className="kanban-empty">אין לידים בסטטוס זה</p>}
      {leads.length > 0 && <ul className="kanban-leads">{children}</ul>}
      {leads.length < total && (
        <button type="button" className="kanban-more" aria-label={`${moreLabel}: ${title}`} onClick={onMore}>
          {moreLabel}
        </button>
      )}
    </section>
  );
}
