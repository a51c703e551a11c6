// The feature's manual checklist, each item by the hand of a browser.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { exportButton, exportColumn, records, signIn, sql, startBrowser } from "./demonstration";

const COLUMNS = ["status_id", "status_name", "lead_id", "full_name", "phone", "email", "created_at", "last_call_at",
  "last_call_status", "source", "notes"];

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

/** What a click on a link would get, in the page's session. */
const get = (page: Page, query: string) => page.evaluate(async (query) => {
  const response = await fetch(`/api/outbound/leads/export?${query}`,
    { headers: { "X-Requested-With": "XMLHttpRequest" } });
  return { status: response.status, ...(await response.json()) as { error: string } };
}, query);

/** What LibreOffice would ask when it opens a file, with its proposals for one that begins with a byte order mark:
 * commas, double quotes, UTF-8. Without a screen it does not ask, and does not look at the mark either. */
const OPEN_AS_PROPOSED = "--infilter=Text - txt - csv (StarCalc):44,34,76,1";

/** The texts in LibreOffice's cells after it has opened the file. */
function openInSpreadsheet(path: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "spreadsheet-"));
  copyFileSync(path, join(folder, "leads.csv"));
  execFileSync("soffice", ["--headless", `-env:UserInstallation=file://${folder}/profile`, OPEN_AS_PROPOSED,
    "--convert-to", "fods", "--outdir", folder, join(folder, "leads.csv")], { stdio: "ignore" });
  const sheet = readFileSync(join(folder, "leads.fods"), "utf8");
  return [...sheet.matchAll(/<text:p>([^<]*)<\/text:p>/g)].map((match) => match[1]!.replaceAll("&apos;", "'"));
}

test("checklist: export with leads", async () => {
  const file = await exportColumn(await signIn(browser, 7), "בטיפול");
  const count = Number(sql("SELECT count(*) FROM leads WHERE tenant_id = 7 AND status = 'in_progress'"));
  expect(count).toBeGreaterThan(0);
  expect(records(file.bytes)).toHaveLength(1 + count);
});

test("checklist: the button of an empty status is disabled", async () => {
  const page = await signIn(browser, 7);
  expect(await exportButton(page, "למעקב").isDisabled()).toBe(true);
  expect(await exportButton(page, "חדש").isEnabled()).toBe(true);
});

test("checklist: Hebrew in the spreadsheet", async () => {
  const file = await exportColumn(await signIn(browser, 7), "חדש");
  const cells = openInSpreadsheet(file.path);
  expect(cells.slice(0, COLUMNS.length)).toEqual(COLUMNS); // eleven cells, no byte order mark in the first
  for (const text of ["חדש", "ג'ורג' חדאד", "גר ברח' ז'בוטינסקי, צ'ק דחוי", "ללא שם"]) expect(cells).toContain(text);
});

test("checklist: the file's name", async () => {
  const file = await exportColumn(await signIn(browser, 7), "עסקה נסגרה");
  expect(file.name).toBe(`outbound_leads_status_closed_won_${String(sql("SELECT current_date::text")).trim()}.csv`);
});

test("checklist: all columns", async () => {
  const file = await exportColumn(await signIn(browser, 7), "בטיפול");
  const [header, ...leads] = records(file.bytes);
  expect(header).toEqual(COLUMNS);
  for (const lead of leads) expect(lead).toHaveLength(COLUMNS.length);
});

test("checklist: each business gets its own leads and no other's", async () => {
  const own = (await exportColumn(await signIn(browser, 7), "חדש")).bytes.toString();
  const other = (await exportColumn(await signIn(browser, 13), "חדש SECRET13")).bytes.toString();
  expect(own).not.toContain("SECRET13");
  for (const record of other.split("\r\n").slice(1, -1)) expect(record).toContain("SECRET13");
});

test("checklist: who is no administrator is refused", async () => {
  const answer = await get(await signIn(browser, "agent"), "status_id=new&format=csv");
  expect(answer).toEqual({ status: 403, error: "אין לך הרשאה לפעולה זו" });
});

test("checklist: a business without the page is refused", async () => {
  const answer = await get(await signIn(browser, 21), "status_id=new&format=csv");
  expect(answer).toEqual({ status: 403, error: "הדף הזה אינו זמין לעסק שלך" });
});

test("checklist: an invalid status is refused", async () => {
  const page = await signIn(browser, 7);
  for (const status of ["", "חדש", "new;drop"]) {
    const answer = await get(page, `status_id=${encodeURIComponent(status)}`);
    expect(answer.status).toBe(400);
    expect(answer.error).toMatch(/[א-ת]/);
  }
});
