// What a user has chosen for exports: the file's format, its columns, and when its leads were created. Each browser
// remembers it.
import type { Column, Format } from "./exportLeads";

export interface ChosenColumn extends Column {
  isChosen: boolean;
}

export interface Choice {
  format: Format;
  period: Period;
  /** The days of the period "days", as YYYY-MM-DD, both included; the empty text is no bound. */
  from: string;
  to: string;
  /** All columns, in the file's order. */
  columns: ChosenColumn[];
}

export const PERIODS = {
  always: "כל התאריכים",
  lastWeek: "השבוע שעבר",
  lastMonth: "החודש שעבר",
  thisYear: "השנה",
  days: "טווח תאריכים",
};
export type Period = keyof typeof PERIODS;

/** The columns that a file has where nothing else is chosen. */
const STANDARD_COLUMNS = new Map([
  ["status_id", "סטטוס"], ["status_name", "שם הסטטוס"], ["lead_id", "מספר ליד"], ["full_name", "שם מלא"],
  ["phone", "טלפון"], ["email", "דוא״ל"], ["created_at", "תאריך יצירה"], ["last_call_at", "שיחה אחרונה"],
  ["last_call_status", "סטטוס השיחה האחרונה"], ["source", "מקור"], ["notes", "הערות"],
]);

/** A column in Hebrew, where the header in the file is not a site's own. */
export function hebrewName({ name, header }: Column): string {
  return (header === name && STANDARD_COLUMNS.get(name)) || "";
}

/** The first and the last day of a choice's period, by the browser's calendar. A week begins on Sunday. */
export function daysOf({ period, from, to }: Choice): { from: string; to: string } {
  const now = new Date();
  const year = now.getFullYear(), month = now.getMonth(), sunday = now.getDate() - now.getDay();
  switch (period) {
    case "always": return { from: "", to: "" };
    case "lastWeek": return { from: isoDay(year, month, sunday - 7), to: isoDay(year, month, sunday - 1) };
    case "lastMonth": return { from: isoDay(year, month - 1, 1), to: isoDay(year, month, 0) };
    case "thisYear": return { from: isoDay(year, 0, 1), to: isoDay(year, 11, 31) };
    default: return { from, to };
  }
}

/** A month or a day beyond the last counts on. */
const isoDay = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

const KEY = "export_leads";

/** The choice of the last export, for the columns that there are now: those that are new since come last. */
export function rememberedChoice(available: Column[]): Choice {
  const columns = available.map((column) => ({ ...column, isChosen: STANDARD_COLUMNS.has(column.name) }));
  const first: Choice = { format: "xlsx", period: "always", from: "", to: "", columns };
  try {
    const last = JSON.parse(localStorage.getItem(KEY) ?? "") as Choice;
    const isDay = (day: string) => /^(\d{4}-\d\d-\d\d)?$/.test(day);
    const isKnown = ["csv", "xlsx"].includes(last.format) && Object.keys(PERIODS).includes(last.period);
    if (!isKnown || !isDay(last.from) || !isDay(last.to)) return first; // of another version
    const names = last.columns.map(({ name }) => name);
    const place = ({ name }: Column) => (names.includes(name) ? names.indexOf(name) : names.length);
    for (const column of columns) column.isChosen = last.columns[place(column)]?.isChosen === true;
    return { ...first, ...last, columns: columns.sort((one, other) => place(one) - place(other)) };
  } catch {
    return first; // or a browser that keeps nothing, or something else under that key
  }
}

export function rememberChoice(choice: Choice): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // a browser that keeps nothing, or has no room
  }
}
