// @vitest-environment jsdom
// Which days a period is, and what a browser remembers of the last export.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { daysOf, hebrewName, rememberChoice, rememberedChoice, type Choice, type Period } from "../src/exportChoice";

const AVAILABLE = ["lead_id", "phone", "notes", "days_open"].map((name) => ({ name, header: name }));
const names = ({ columns }: Choice, isChosen = true) =>
  columns.filter((column) => column.isChosen === isChosen).map((column) => column.name);

beforeEach(() => localStorage.clear());
afterEach(() => { vi.useRealTimers(); vi.unstubAllGlobals(); });

test.each([
  ["2026-11-28T22:30", "lastWeek", "2026-11-15", "2026-11-21"], // a Saturday
  ["2026-11-29T00:00", "lastWeek", "2026-11-22", "2026-11-28"], // a Sunday
  ["2026-01-01T08:00", "lastWeek", "2025-12-21", "2025-12-27"],
  ["2026-11-28T22:30", "lastMonth", "2026-10-01", "2026-10-31"],
  ["2026-01-31T23:59", "lastMonth", "2025-12-01", "2025-12-31"],
  ["2024-03-31T12:00", "lastMonth", "2024-02-01", "2024-02-29"],
  ["2026-11-28T22:30", "thisYear", "2026-01-01", "2026-12-31"],
  ["2026-11-28T22:30", "always", "", ""],
  ["2026-11-28T22:30", "days", "2025-05-05", ""],
])("at %s %s is from %j to %j", (now, period, from, to) => {
  vi.useFakeTimers({ now: new Date(now) });
  const choice = { ...rememberedChoice([]), from: "2025-05-05", to: "" };
  expect(daysOf({ ...choice, period: period as Period })).toEqual({ from, to });
});

test("at first the file is a workbook of the standard columns, of all dates", () => {
  const choice = rememberedChoice(AVAILABLE);
  expect([choice.format, choice.period, names(choice), names(choice, false)]).toEqual(
    ["xlsx", "always", ["lead_id", "phone", "notes"], ["days_open"]]);
});

test("the columns come back in the order that was chosen, without those that are gone; new ones are last", () => {
  const choice = rememberedChoice([{ name: "gone", header: "gone" }, ...AVAILABLE]);
  rememberChoice({ ...choice, format: "csv", period: "lastMonth", columns: [
    ...choice.columns.slice(3).map((column) => ({ ...column, isChosen: true })), ...choice.columns.slice(0, 3)] });
  const again = rememberedChoice([{ name: "source", header: "source" }, ...AVAILABLE]);
  expect([again.format, again.period]).toEqual(["csv", "lastMonth"]);
  expect(again.columns.map(({ name }) => name)).toEqual(["notes", "days_open", "lead_id", "phone", "source"]);
  expect(names(again)).toEqual(["notes", "days_open", "lead_id", "phone"]);
});

test("a header is the present one, not the one that was remembered", () => {
  rememberChoice(rememberedChoice(AVAILABLE));
  expect(rememberedChoice([{ name: "phone", header: "נייד" }]).columns).toEqual(
    [{ name: "phone", header: "נייד", isChosen: true }]);
});

const OURS = { format: "csv", period: "days", from: "2025-12-01", to: "", columns: [] };
test.each([
  "", "{", "null", "7", "[]", "{}", '{"columns": 1}', '{"columns": [null]}',
  ...[{ format: "pdf" }, { period: "toString" }, { from: { toString: 1 } }, { to: "x" }, { columns: null }].map(
    (other) => JSON.stringify({ ...OURS, ...other })),
])(
  "what is no choice of ours is forgotten: %j", (kept) => {
    localStorage.setItem("export_leads", kept);
    expect(rememberedChoice(AVAILABLE)).toMatchObject({ format: "xlsx", period: "always" });
  });

test("a browser that keeps nothing exports all the same", () => {
  const refuse = () => { throw new DOMException("denied", "SecurityError"); };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
  const choice = rememberedChoice(AVAILABLE);
  rememberChoice(choice);
  expect(names(choice)).toEqual(["lead_id", "phone", "notes"]);
});

test("a column is called by its Hebrew name until the site has set a header", () => {
  expect(hebrewName({ name: "phone", header: "phone" })).toBe("טלפון");
  expect(hebrewName({ name: "phone", header: "נייד" })).toBe("");
  expect(hebrewName({ name: "days_open", header: "days_open" })).toBe("");
});
