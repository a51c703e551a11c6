// @vitest-environment jsdom
// The column's header.
import { afterEach, expect, test, vi } from "vitest";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { OutboundKanbanColumn } from "../demo/OutboundKanbanColumn";
import * as exports from "../src/exportLeads";

const STATUS = { name: "new", label: "חדש" };

const exportButton = () => screen.getByRole<HTMLButtonElement>("button", { name: "ייצוא לידים בסטטוס 'חדש'" });

afterEach(cleanup);

test("the column's header holds label, count, \"Select All\" and, beside it, the export", () => {
  const onSelectAll = vi.fn(), onClearSelection = vi.fn();
  const column = (selected: number[]) => (
    <OutboundKanbanColumn tenant={7} status={STATUS} leads={[{ id: 1 }, { id: 2 }]} selectedLeadIds={new Set(selected)}
      onSelectAll={onSelectAll} onClearSelection={onClearSelection}>leads</OutboundKanbanColumn>
  );
  const { rerender } = render(column([1]));
  screen.getByRole("heading", { name: "חדש" });
  screen.getByText("(2)");
  const select = screen.getByRole("button", { name: "בחירת הכול: חדש" });
  expect(select.nextElementSibling?.firstElementChild).toBe(exportButton());
  fireEvent.click(select);
  expect(onSelectAll).toHaveBeenCalledExactlyOnceWith([1, 2]);
  rerender(column([1, 2, 3]));
  fireEvent.click(screen.getByRole("button", { name: "ניקוי הבחירה: חדש" }));
  expect(onClearSelection).toHaveBeenCalledExactlyOnceWith([1, 2]);
});

test("the column's export is of the tenant that the column shows now", () => {
  const column = (tenant: string | number) => (
    <OutboundKanbanColumn tenant={tenant} status={STATUS} leads={[{ id: 1 }]} selectedLeadIds={new Set()}
      onSelectAll={vi.fn()} onClearSelection={vi.fn()} />
  );
  const { rerender } = render(column(7));
  rerender(column("acme"));
  const fetchExport = vi.spyOn(exports, "fetchExport").mockReturnValue(new Promise(() => {}));
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledOnce();
  expect(fetchExport.mock.lastCall![0]).toMatchObject({ status: "new", tenant: "acme" });
});

test("a column without leads has nothing to select", () => {
  render(<OutboundKanbanColumn tenant={7} status={STATUS} leads={[]} selectedLeadIds={new Set()} onSelectAll={vi.fn()}
    onClearSelection={vi.fn()} />);
  const select = screen.getByRole<HTMLButtonElement>("button", { name: "בחירת הכול: חדש" });
  expect([select.disabled, select.getAttribute("aria-pressed")]).toEqual([true, "false"]);
});
