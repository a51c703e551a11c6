// Past exports in the dialog, in Chromium, against the endpoint and the database.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { downloadOf, exportButton, exportColumn, exported, signIn, sql, startBrowser, USERS } from "./demonstration";
import { button, menuButton, openTab, picture } from "./exportDialog";

const HISTORY = "ייצואים קודמים";

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
beforeEach(() => { sql("DELETE FROM export_leads.export_leads_exports"); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

async function open(user: keyof typeof USERS = 7, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await signIn(browser, user, { viewport: { width: 1800, height: 800 }, ...options });
  page.setDefaultTimeout(10_000);
  return page;
}

const save = (tenant: number, status: string, user: string, format = "csv") =>
  sql(`SELECT export_id FROM export_leads.export_leads_save(${tenant}, '${status}', '${format}',
    requested_by => '${user}')`).toString().trim();
const kept = () => Number(sql("SELECT count(*) FROM export_leads.export_leads_exports").toString());
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

test.each([[7, "חדש", "owner7"], [13, "חדש SECRET13", "admin13"]] as const)(
  "tenant %i: what a click exports is there to be fetched again, byte for byte", async (tenant, label, user) => {
    const page = await open(tenant);
    const first = await exportColumn(page, label);
    const panel = await openTab(page, label, HISTORY);
    const row = panel.getByRole("listitem");
    expect(await row.count()).toBe(1);
    await row.getByText(user, { exact: true }).waitFor();
    const leads = sql(`SELECT count(*) FROM leads WHERE tenant_id = ${tenant} AND status = 'new'`).toString().trim();
    expect(await row.innerText()).toMatch(RegExp(
      `^\\d+\\.\\d+\\.20\\d\\d, \\d+:\\d\\d · ${user}\\s+${leads} לידים · [\\d.]+ ק״ב · CSV · נשמר עד `));
    await picture(page, `history-${tenant}`);

    const again = await downloadOf(page, () => row.getByRole("button", { name: /^הורדת הייצוא מ־/ }).click());
    expect(again.name).toBe(first.name);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(again.bytes.equals(exported(tenant, "new"))).toBe(true);
    await panel.getByRole("status").getByText("הקובץ הורד").waitFor();
    expect(sql("SELECT sum(downloads) FROM export_leads.export_leads_exports").toString().trim()).toBe("2");
  });

test("the history is the column's and the tenant's own, the newest first", async () => {
  for (const [tenant, status, user] of [[7, "new", "one"], [7, "closed_won", "elsewhere"], [13, "new", "SECRET13"],
    [7, "new", "two"]] as const) save(tenant, status, user);
  const panel = await openTab(await open(), "חדש", HISTORY);
  const rows = await panel.getByRole("listitem").allInnerTexts();
  expect(rows.map((row) => /one|two|elsewhere|SECRET13/.exec(row)?.[0])).toEqual(["two", "one"]);
});

test("what is deleted is asked about in place, and gone", async () => {
  save(7, "new", "first");
  save(7, "new", "second");
  const page = await open();
  const panel = await openTab(page, "חדש", HISTORY);
  const second = panel.getByRole("listitem").filter({ hasText: "second" });
  const remove = second.getByRole("button", { name: /^מחיקת הייצוא מ־/ });
  await remove.click();
  expect(await focused(page)).toBe("מחיקה");
  await picture(page, "history-delete");
  await button(second, "ביטול").click();
  expect(await remove.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(kept()).toBe(2);

  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await panel.getByRole("status").getByText("הייצוא נמחק").waitFor();
  expect(await focused(page)).toBe(HISTORY);
  expect(await panel.getByRole("listitem").count()).toBe(1);
  expect(sql("SELECT requested_by FROM export_leads.export_leads_exports").toString()).toBe("first\n");
});

test("what another has deleted meanwhile is said", async () => {
  save(7, "new", "first");
  const panel = await openTab(await open(), "חדש", HISTORY);
  sql("DELETE FROM export_leads.export_leads_exports");
  await panel.getByRole("button", { name: /^הורדת/ }).click();
  await panel.getByRole("alert").getByText("הייצוא אינו נמצא").waitFor();
  await panel.getByRole("button", { name: /^מחיקת/ }).click();
  await button(panel, "מחיקה").click();
  await panel.getByRole("alert").getByText("הייצוא אינו נמצא").waitFor();
});

test("a file that does not come, and one that the session may no longer have, are errors and not saved", async () => {
  save(7, "new", "first");
  const page = await open();
  const panel = await openTab(page, "חדש", HISTORY);
  let downloads = 0;
  page.on("download", () => { downloads++; });
  await page.context().setOffline(true);
  await panel.getByRole("button", { name: /^הורדת/ }).click();
  await panel.getByRole("alert").getByText("אין חיבור לשרת").waitFor();
  await page.context().setOffline(false);
  await page.context().clearCookies();
  await panel.getByRole("button", { name: /^הורדת/ }).click();
  await panel.getByRole("alert").getByText("יש להתחבר").waitFor();
  expect(downloads).toBe(0);
});

test("the state of each export is told in words, and only what has a file can be fetched", async () => {
  sql(`INSERT INTO export_leads.export_leads_exports
         (tenant, status, format, role, state, sqlstate, error, lead_count, schedule_id)
       VALUES ('7', 'new', 'csv', 'crm_web', 'running', NULL, NULL, NULL, NULL),
              ('7', 'new', 'csv', 'crm_web', 'failed', '57014', 'SECRET', NULL, gen_random_uuid()),
              ('7', 'new', 'csv', 'crm_web', 'expired', NULL, NULL, 1, NULL)`);
  const page = await open();
  const panel = await openTab(page, "חדש", HISTORY);
  for (const [text, buttons] of [["הייצוא עוד לא הסתיים", 0], ["לפי תזמון", 1],
    ["ליד אחד · הקובץ כבר אינו נשמר", 1]] as const)
    expect(await panel.getByRole("listitem").filter({ hasText: text }).getByRole("button").count()).toBe(buttons);
  await panel.getByText("הייצוא ארך זמן רב מדי").waitFor();
  expect(await panel.getByText("SECRET").count()).toBe(0);
  expect(await panel.getByRole("button", { name: /^הורדת/ }).count()).toBe(0);
  await picture(page, "history-states");
});

test("a long history comes in pages", async () => {
  sql("SELECT export_leads.export_leads_save(7, 'follow_up') FROM generate_series(1, 45)");
  const panel = await openTab(await open(), "למעקב", HISTORY);
  const more = button(panel, "הצגת ייצואים נוספים");
  for (const count of [20, 40]) {
    expect(await panel.getByRole("listitem").count()).toBe(count);
    await more.click();
    await expect.poll(() => panel.getByRole("listitem").count()).toBeGreaterThan(count);
  }
  expect(await panel.getByRole("listitem").count()).toBe(45);
  expect(await more.count()).toBe(0);
});

test("a column without a history says so", async () => {
  const panel = await openTab(await open(), "חדש", HISTORY);
  await panel.getByRole("status").getByText("אין ייצואים קודמים").waitFor();
});

test("the tabs turn with the arrow keys from right to left, and what was chosen for an export stays", async () => {
  const page = await open();
  await menuButton(page, "חדש").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "CSV" }).check();
  const tab = (name: string) => dialog.getByRole("tab", { name });
  await tab("ייצוא").first().focus();
  for (const [key, name] of [["ArrowLeft", HISTORY], ["ArrowLeft", "תזמונים"], ["ArrowLeft", "ייצוא"],
    ["ArrowRight", "תזמונים"], ["Home", "ייצוא"], ["End", "תזמונים"]] as const) {
    await page.keyboard.press(key);
    expect(await focused(page)).toBe(name);
    expect(await dialog.getByRole("tab", { selected: true }).innerText()).toBe(name);
    expect(await dialog.getByRole("tabpanel").count()).toBe(1);
  }
  await page.keyboard.press("Home");
  expect(await dialog.getByRole("radio", { name: "CSV" }).isChecked()).toBe(true);
  const [right, left] = [await tab("ייצוא").first().boundingBox(), await tab("תזמונים").boundingBox()];
  expect(right!.x).toBeGreaterThan(left!.x);
});

test("on a touch screen every button of a panel is 44 pixels wide and high", async () => {
  save(7, "new", "first");
  const page = await open(7, { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });
  const panel = await openTab(page, "חדש", HISTORY);
  for (const part of await page.getByRole("dialog").getByRole("tab").or(panel.getByRole("button")).all()) {
    const box = (await part.boundingBox())!;
    expect([box.width >= 44, box.height >= 44], await part.innerText()).toEqual([true, true]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test("who may not export sees no history", async () => {
  const page = await open("agent");
  expect(await exportButton(page, "חדש").count()).toBe(0);
  expect(await menuButton(page, "חדש").count()).toBe(0);
  const answer = await page.request.get(new URL("/api/outbound/leads/export/history", page.url()).href);
  expect(answer.status()).toBe(403);
});
