// @vitest-environment jsdom
// The button: its states, and what it tells the application. Its dialog is tested in a browser, in dialog.test.ts.
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ExportLeadsButton } from "../src/ExportLeadsButton";
import * as exports from "../src/exportLeads";

const STATUS = { name: "new", label: "חדש" };
const TOOLTIP = "ייצוא לידים בסטטוס 'חדש'";

const fetchExport = vi.spyOn(exports, "fetchExport");
const saveFile = vi.spyOn(exports, "saveFile");

/** Makes the next export wait; the functions say how far it is, and end it. */
function pendingExport(leadCount = 108) {
  let succeed!: (file: exports.ExportedFile) => void;
  let fail!: (error: Error) => void;
  fetchExport.mockReturnValueOnce(new Promise((resolve, reject) => { succeed = resolve; fail = reject; }));
  const file = { name: "a.csv", content: new Blob(["a"]), leadCount };
  return { file, succeed: () => act(async () => succeed(file)), fail: (error: Error) => act(async () => fail(error)) };
}

const exportButton = () => screen.getByRole<HTMLButtonElement>("button", { name: TOOLTIP });
const menuButton = () => screen.getByRole<HTMLButtonElement>("button", { name: "אפשרויות ייצוא: חדש" });

beforeEach(() => {
  fetchExport.mockReset();
  saveFile.mockReset().mockImplementation(() => {});
});
afterEach(cleanup);

test("the button has the tooltip as title and label, and is a real button", () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  for (const button of [exportButton(), menuButton()]) {
    expect(button.tagName).toBe("BUTTON");
    expect(button.getAttribute("type")).toBe("button");
    expect(button.title).toBe(button.getAttribute("aria-label"));
  }
});

test("a status without a label is called by its name", () => {
  render(<ExportLeadsButton status={{ name: "new", label: "" }} tenant={7} leadCount={1} />);
  expect(screen.getAllByRole("button").map((button) => button.title)).toEqual(
    ["ייצוא לידים בסטטוס 'new'", "אפשרויות ייצוא: new"]);
});

test.each([[{}, "csv"], [{ format: "csv" }, "csv"], [{ format: "xlsx" }, "xlsx"]] as const)(
  "a click with the properties %j fetches the tenant's status as %s and saves the file", async (format, wanted) => {
    const pending = pendingExport();
    render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} {...format} />);
    fireEvent.click(exportButton());
    expect(fetchExport).toHaveBeenCalledExactlyOnceWith(
      { status: "new", tenant: 7, format: wanted }, expect.any(AbortSignal), expect.any(Function));
    await pending.succeed();
    expect(saveFile).toHaveBeenCalledExactlyOnceWith(pending.file);
  });

test("while it exports it is busy with a spinner, keeps the focus and takes no second click", async () => {
  const pending = pendingExport();
  const { container } = render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  exportButton().focus();
  expect(exportButton().getAttribute("aria-busy")).toBe("false");
  fireEvent.click(exportButton());
  expect(exportButton().getAttribute("aria-busy")).toBe("true");
  expect(exportButton().getAttribute("aria-disabled")).toBe("true");
  expect(container.querySelector(".export-leads-spinner")).not.toBeNull();
  expect(document.activeElement).toBe(exportButton());
  fireEvent.click(exportButton());
  expect(fetchExport).toHaveBeenCalledOnce();
  await pending.succeed();
  expect(exportButton().getAttribute("aria-busy")).toBe("false");
  expect(container.querySelector(".export-leads-spinner")).toBeNull();
});

test("without leads both buttons are disabled", () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={0} />);
  expect([exportButton().disabled, menuButton().disabled]).toEqual([true, true]);
  fireEvent.click(exportButton());
  expect(fetchExport).not.toHaveBeenCalled();
});

test("where the page does not know how many leads there are, both buttons work", () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} />);
  expect([exportButton().disabled, menuButton().disabled]).toEqual([false, false]);
});

test("where the page shows another status in the same place, the export of the first is none of its", async () => {
  const pending = pendingExport();
  const { rerender } = render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  fireEvent.click(exportButton());
  rerender(<ExportLeadsButton status={{ name: "won", label: "נסגר" }} tenant={7} leadCount={1} />);
  const [other] = screen.getAllByRole("button");
  expect([other!.title, other!.getAttribute("aria-busy")]).toEqual(["ייצוא לידים בסטטוס 'נסגר'", "false"]);
  await pending.succeed();
  expect(saveFile).toHaveBeenCalledExactlyOnceWith(pending.file);
  expect(screen.getByRole("status").textContent).toBe("");
});

test.each([
  [NaN, "הייצוא הושלם"], [0, "הקובץ נשמר, ואין בו לידים"], [1, "ליד אחד יוצא"],
  [108, "108 לידים יוצאו"], [104898, "104,898 לידים יוצאו"],
])(
  "the end of an export of %i leads is read out as %j, and told to the application", async (leadCount, message) => {
    const onSuccess = vi.fn();
    render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} onSuccess={onSuccess} />);
    const region = screen.getByRole("status"); // there before it has a text, or it would not be read out
    expect(region.textContent).toBe("");
    const pending = pendingExport(leadCount);
    fireEvent.click(exportButton());
    await pending.succeed();
    expect(region.textContent).toBe(message);
    expect(onSuccess).toHaveBeenCalledExactlyOnceWith(message, leadCount);
  });

test("after an error the application shows the message, nothing is saved, and the button works again", async () => {
  const onError = vi.fn(), onSuccess = vi.fn();
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} onError={onError} onSuccess={onSuccess} />);
  const failing = pendingExport();
  fireEvent.click(exportButton());
  await failing.fail(new exports.ExportError("אין חיבור"));
  expect(onError).toHaveBeenCalledExactlyOnceWith("אין חיבור");
  expect(screen.queryByRole("alert")).toBeNull();
  expect([saveFile, onSuccess].map((called) => called.mock.calls.length)).toEqual([0, 0]);
  const pending = pendingExport();
  fireEvent.click(exportButton());
  await pending.succeed();
  expect(saveFile).toHaveBeenCalledOnce();
});

test("an application that shows no errors has them in an alert, which goes when the next export begins", async () => {
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />);
  const failing = pendingExport();
  fireEvent.click(exportButton());
  await failing.fail(new exports.ExportError("אין חיבור"));
  expect(screen.getByRole("alert").textContent).toBe("אין חיבור");
  const pending = pendingExport();
  fireEvent.click(exportButton());
  expect(screen.queryByRole("alert")).toBeNull();
  await pending.succeed();
});

test("the application is told that an export begins, to take away what it shows of the one before", async () => {
  const told: string[] = [];
  render(<ExportLeadsButton status={STATUS} tenant={7} leadCount={1} onStart={() => told.push("start")}
    onError={() => told.push("error")} onSuccess={() => told.push("success")} />);
  for (const end of ["fail", "succeed"] as const) {
    const pending = pendingExport();
    fireEvent.click(exportButton());
    fireEvent.click(exportButton());
    await pending[end](new exports.ExportError("אין חיבור"));
  }
  expect(told).toEqual(["start", "error", "start", "success"]);
});

test("two columns export by themselves", async () => {
  const pending = pendingExport();
  render(<>
    <ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />
    <ExportLeadsButton status={{ name: "won", label: "נסגר" }} tenant={7} leadCount={1} />
  </>);
  fireEvent.click(exportButton());
  expect(exportButton().getAttribute("aria-busy")).toBe("true");
  expect(screen.getByRole("button", { name: /^ייצוא.*נסגר/ }).getAttribute("aria-busy")).toBe("false");
  await pending.succeed();
});

test("what is pressed and dragged in the dialog does not reach the column around it", () => {
  vi.stubGlobal("fetch", async () => new Response("{}"));
  Object.assign(HTMLDialogElement.prototype, { showModal: () => {}, close: () => {} }); // jsdom has neither
  const reached = vi.fn();
  render(
    <div onClick={reached} onKeyDown={reached} onPointerDown={reached} onDragStart={reached} onDragEnter={reached}
      onDragOver={reached} onDragLeave={reached} onDragEnd={reached} onDrop={reached}>
      <ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />
    </div>);
  fireEvent.click(menuButton());
  reached.mockClear();
  const title = screen.getByText("ייצוא לידים: חדש");
  for (const event of ["click", "keyDown", "pointerDown", "dragStart", "dragEnter", "dragOver", "dragLeave", "dragEnd",
    "drop"] as const) {
    fireEvent[event](title);
  }
  expect(reached).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test("what one button says of its export goes when another's begins, and when another says something", async () => {
  render(<>
    <ExportLeadsButton status={STATUS} tenant={7} leadCount={1} />
    <ExportLeadsButton status={{ name: "won", label: "נסגר" }} tenant={7} leadCount={1} />
  </>);
  const otherButton = screen.getByRole("button", { name: "ייצוא לידים בסטטוס 'נסגר'" });
  const lines = () => [...document.querySelectorAll(".export-leads-line")].map((line) => line.textContent);
  const first = pendingExport();
  fireEvent.click(otherButton);
  await first.succeed();
  expect(lines()).toEqual(["108 לידים יוצאו"]);
  const second = pendingExport(1);
  fireEvent.click(exportButton());
  expect(lines()).toEqual([]);
  const third = pendingExport(2);
  fireEvent.click(otherButton);
  await second.succeed();
  expect(lines()).toEqual(["ליד אחד יוצא"]);
  await third.fail(new exports.ExportError("אין חיבור"));
  expect(lines()).toEqual(["אין חיבור"]);
});
