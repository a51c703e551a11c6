// @vitest-environment jsdom
// The column's header and the states of its export button.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { OutboundKanbanColumn } from "../src/OutboundKanbanColumn";
import { ExportLeadsButton } from "../src/ExportLeadsButton";
import * as exports from "../src/exportLeads";

const STATUS = { name: "new", label: "חדש" };
const TOOLTIP = "ייצוא לידים בסטטוס 'חדש'";
const FILE = { name: "a.csv", content: new Blob(["a"]) };

const fetchExport = vi.spyOn(exports, "fetchExport");
const saveFile = vi.spyOn(exports, "saveFile");

/** Makes the next export wait; the two functions end it. */
function pendingExport() {
  let succeed!: (file: exports.ExportedFile) => void;
  let fail!: (error: Error) => void;
  fetchExport.mockReturnValueOnce(new Promise((resolve, reject) => { succeed = resolve; fail = reject; }));
  return {
    succeed: () => act(async () => succeed(FILE)),
    fail: (message: string) => act(async () => fail(new exports.ExportError(message))),
  };
}

const exportButton = () => screen.getByRole<HTMLButtonElement>("button", { name: TOOLTIP });

beforeEach(() => {
  fetchExport.mockReset();
  saveFile.mockReset().mockImplementation(() => {});
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("the button has the tooltip as title and label, and is a real button", () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  expect(exportButton().tagName).toBe("BUTTON");
  expect(exportButton().title).toBe(TOOLTIP);
  expect(exportButton().getAttribute("type")).toBe("button");
});

test("a status without a label is called by its name", () => {
  render(<ExportLeadsButton status={{ name: "new", label: "" }} tenant={7} leadCount={1} />);
  expect(screen.getByRole("button").title).toBe("ייצוא לידים בסטטוס 'new'");
});

test("a click fetches the status of the tenant by its name and saves the file", async () => {
  const pending = pendingExport();
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledWith("new", 7);
  await pending.succeed();
  expect(saveFile).toHaveBeenCalledExactlyOnceWith(FILE);
});

test("while it exports it is busy with a spinner, keeps the focus and takes no second click", async () => {
  const pending = pendingExport();
  const { container } = render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  exportButton().focus();
  expect(exportButton().getAttribute("aria-busy")).toBe("false");
  fireEvent.click(exportButton());
  expect(exportButton().getAttribute("aria-busy")).toBe("true");
  expect(exportButton().getAttribute("aria-disabled")).toBe("true");
  expect(container.querySelector(".kanban-spinner")).not.toBeNull();
  expect(document.activeElement).toBe(exportButton());
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledOnce();
  await pending.succeed();
  expect(exportButton().getAttribute("aria-busy")).toBe("false");
  expect(container.querySelector(".kanban-spinner")).toBeNull();
});

test("without leads it is disabled", () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={0} />);
  expect(exportButton().disabled).toBe(true);
  fireEvent.click(exportButton());
  expect(fetchExport).not.toHaveBeenCalled();
});

test("after an error the application shows the message, nothing is saved, and the button works again", async () => {
  const onError = vi.fn();
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} onError={onError} />);
  const failing = pendingExport();
  fireEvent.click(exportButton());
  await failing.fail("אין חיבור");
  expect(onError).toHaveBeenCalledExactlyOnceWith("אין חיבור");
  expect(saveFile).not.toHaveBeenCalled();
  const pending = pendingExport();
  fireEvent.click(exportButton());
  await pending.succeed();
  expect(saveFile).toHaveBeenCalledOnce();
});

test("an application without anything better shows an alert", async () => {
  const alert = vi.fn();
  vi.stubGlobal("alert", alert);
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  const pending = pendingExport();
  fireEvent.click(exportButton());
  await pending.fail("אין חיבור");
  expect(alert).toHaveBeenCalledExactlyOnceWith("אין חיבור");
});

test("two columns export by themselves", async () => {
  const pending = pendingExport();
  render(<>
    <ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />
    <ExportLeadsButton status={{ name: "won", label: "נסגר" }} tenant={7} leadCount={1} />
  </>);
  fireEvent.click(exportButton());
  expect(exportButton().getAttribute("aria-busy")).toBe("true");
  expect(screen.getByRole("button", { name: /נסגר/ }).getAttribute("aria-busy")).toBe("false");
  await pending.succeed();
});

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
  expect(select.nextElementSibling).toBe(exportButton());
  fireEvent.click(select);
  expect(onSelectAll).toHaveBeenCalledExactlyOnceWith([1, 2]);
  rerender(column([1, 2, 3]));
  fireEvent.click(screen.getByRole("button", { name: "ניקוי הבחירה: חדש" }));
  expect(onClearSelection).toHaveBeenCalledExactlyOnceWith([1, 2]);
});

test("the column's export is of the tenant that the column shows now", async () => {
  const column = (tenant: string | number) => (
    <OutboundKanbanColumn tenant={tenant} status={STATUS} leads={[{ id: 1 }]} selectedLeadIds={new Set()}
      onSelectAll={vi.fn()} onClearSelection={vi.fn()} />
  );
  const { rerender } = render(column(7));
  rerender(column("acme"));
  const pending = pendingExport();
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledExactlyOnceWith("new", "acme");
  await pending.succeed();
});

test("a column without leads has nothing to select", () => {
  render(<OutboundKanbanColumn tenant={7} status={STATUS} leads={[]} selectedLeadIds={new Set()} onSelectAll={vi.fn()}
    onClearSelection={vi.fn()} />);
  const select = screen.getByRole<HTMLButtonElement>("button", { name: "בחירת הכול: חדש" });
  expect([select.disabled, select.getAttribute("aria-pressed")]).toEqual([true, "false"]);
});
