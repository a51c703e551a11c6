// @vitest-environment jsdom
// The demonstration's column.
import { afterEach, expect, test, vi } from "vitest";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { OutboundKanbanColumn, type OutboundKanbanColumnProps } from "../demo/OutboundKanbanColumn";
import * as exports from "../src/exportLeads";

const STATUS = { name: "new", label: "חדש" };

const exportButton = () => screen.getByRole<HTMLButtonElement>("button", { name: "ייצוא לידים בסטטוס 'חדש'" });

afterEach(cleanup);

/** The column of the status with three leads, of which the first two are loaded. */
function column(changes: Partial<OutboundKanbanColumnProps> = {}) {
  const nothing = () => {};
  return (
    <OutboundKanbanColumn tenant={7} status={{ ...STATUS, color: "" }} leads={[{ id: 1 }, { id: 2 }]} total={3}
      canExport selectedLeadIds={new Set()} onSelectAll={nothing}
      onClearSelection={nothing} onMore={nothing} {...changes}>
      <li>leads</li>
    </OutboundKanbanColumn>
  );
}
const selectButton = () => screen.getByRole<HTMLButtonElement>("button", { name: "בחירת הכול: חדש" });

test("the column's header holds label, count, \"Select All\" and, beside it, the export", () => {
  const onSelectAll = vi.fn(), onClearSelection = vi.fn();
  const { rerender } = render(column({ onSelectAll, onClearSelection, selectedLeadIds: new Set([1]) }));
  screen.getByRole("heading", { name: "חדש" });
  screen.getByText("(2 מתוך 3)");
  expect(selectButton().nextElementSibling?.firstElementChild).toBe(exportButton());
  fireEvent.click(selectButton());
  expect(onSelectAll).toHaveBeenCalledExactlyOnceWith([1, 2]);
  rerender(column({ onSelectAll, onClearSelection, selectedLeadIds: new Set([1, 2, 3]) }));
  fireEvent.click(screen.getByRole("button", { name: "ניקוי הבחירה: חדש" }));
  expect(onClearSelection).toHaveBeenCalledExactlyOnceWith([1, 2]);
});

test("a column without a label is called by its name", () => {
  render(column({ status: { name: "new", label: "", color: "" } }));
  within(screen.getByRole("region", { name: "new" })).getByRole("heading", { name: "new" });
  screen.getByRole("button", { name: "בחירת הכול: new" });
});

test("the column's export is of the tenant that the column shows now", () => {
  const { rerender } = render(column());
  rerender(column({ tenant: "acme" }));
  const fetchExport = vi.spyOn(exports, "fetchExport").mockReturnValue(new Promise(() => {}));
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledOnce();
  expect(fetchExport.mock.lastCall![0]).toMatchObject({ status: "new", tenant: "acme" });
});

test("a column asks for more leads until all are loaded", () => {
  const onMore = vi.fn();
  const { rerender } = render(column({ onMore }));
  fireEvent.click(screen.getByRole("button", { name: "הצגת עוד: חדש" }));
  expect(onMore).toHaveBeenCalledOnce();
  rerender(column({ total: 2 }));
  screen.getByText("(2)");
  expect(screen.queryByRole("button", { name: /^הצגת/ })).toBeNull();
});

test("a column of which no lead is loaded yet has nothing to select, but can export", () => {
  render(column({ leads: [] }));
  screen.getByText("(0 מתוך 3)");
  screen.getByRole("button", { name: "הצגת הלידים: חדש" });
  expect([selectButton().disabled, selectButton().getAttribute("aria-pressed")]).toEqual([true, "false"]);
  expect(exportButton().disabled).toBe(false);
});

test("a column without leads has nothing to select, to export or to load", () => {
  render(column({ leads: [], total: 0 }));
  screen.getByText("אין לידים בסטטוס זה");
  expect([selectButton().disabled, exportButton().disabled]).toEqual([true, true]);
  expect(screen.queryByRole("button", { name: /^הצגת/ })).toBeNull();
});

test("where the user may not export, the column has no export", () => {
  render(column({ canExport: false }));
  expect(screen.getAllByRole("button")).toEqual([selectButton(), screen.getByRole("button", { name: /^הצגת/ })]);
});
