// Chromium on the demonstration page, users who sign in there, and the database behind it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

export const ADDRESS = process.env.DEMO_ADDRESS!;
export const USERS = {
  7: "בעלת עסק 7", 13: "מנהל בעסק 13", support: "מנהלת המערכת", agent: "נציג בעסק 7", 21: "בעל עסק 21, בלי הדף",
};

export const startBrowser = () =>
  chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--disable-dev-shm-usage", "--disable-gpu"] });

/** A page in a session of its own. */
export async function signIn(
  browser: Browser, user: keyof typeof USERS,
  screen: BrowserContextOptions = { viewport: { width: 1800, height: 800 } },
): Promise<Page> {
  const context = await browser.newContext({ locale: "he-IL", ...screen });
  const page = await context.newPage();
  await page.goto(ADDRESS);
  await page.getByRole("button", { name: USERS[user] }).click();
  const answer = user === 21 ? page.getByRole("alert")
    : page.getByRole("button", { name: user === "support" ? /^עסק 13/ : /^בחירת הכול/ });
  await answer.first().waitFor();
  return page;
}

export const exportButton = (page: Page, label: string): Locator =>
  page.getByRole("button", { name: `ייצוא לידים בסטטוס '${label}'`, exact: true });

export interface Download { name: string; bytes: Buffer; path: string }

/** What the browser has saved after `act`. */
export async function downloadOf(page: Page, act: () => Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const path = await download.path();
  return { name: download.suggestedFilename(), bytes: readFileSync(path), path };
}

export const exportColumn = (page: Page, label: string): Promise<Download> =>
  downloadOf(page, () => exportButton(page, label).click());

/** What psql prints, as a superuser. */
export const sql = (query: string): Buffer =>
  execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "crm_web", "-c", query]);

/** The bytes that the extension itself makes; psql ends them with a newline of its own. */
export const exported = (tenant: number, status: string): Buffer =>
  sql(`SELECT export_leads.export_leads_csv(${tenant}, '${status}')`).subarray(0, -1);

/** The file's records, header and all. */
export function records(file: Buffer): string[][] {
  const records: string[][] = [[]];
  const text = file.toString("utf8").replace("\ufeff", "");
  for (const [, field, end] of text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/g)) {
    records.at(-1)!.push(field!.replace(/^"|"$/g, "").replaceAll('""', '"'));
    if (end === "\r\n") records.push([]);
  }
  return records.slice(0, -1);
}
