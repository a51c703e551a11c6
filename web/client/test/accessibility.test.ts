// What axe-core finds on the demonstration page and in the dialog, in every state that they have.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { ADDRESS, exportButton, signIn, sql, startBrowser, USERS } from "./demonstration";
import { button, openDialog, openTab, picture } from "./exportDialog";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

/** What breaks a rule, best practices and experimental rules among them. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"];
    // axe-core does not know the colours of a system that forces its own on the page.
    const contrast = !matchMedia("(forced-colors: active)").matches;
    const results = await axe.run({
      runOnly: rules, rules: { "color-contrast": { enabled: contrast } }, resultTypes: ["violations"],
    });
    return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
  });
}
const expectNoViolation = async (page: Page) => expect(await violations(page)).toEqual([]);

/** Holds exports back, for as long as the page lives. */
const hold = (page: Page) => page.route("**/leads/export?*", () => {});

const DESKTOP: BrowserContextOptions = { viewport: { width: 1800, height: 900 } };
const SCREENS: [name: string, screen: BrowserContextOptions][] = [
  ["a desktop", DESKTOP],
  ["a phone", { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true }],
  ["forced colors", { ...DESKTOP, forcedColors: "active", colorScheme: "dark" }],
];

test("a page that breaks a rule is found", async () => {
  const page = await signIn(browser, 7);
  await exportButton(page, "חדש").evaluate((button) => {
    button.removeAttribute("aria-label");
    button.removeAttribute("title");
  });
  expect(await violations(page)).toEqual([expect.stringMatching(/^button-name: <button/)]);
});

test("signed out", async () => {
  const page = await browser.newPage();
  await page.goto(ADDRESS);
  await page.getByRole("button", { name: USERS[7] }).waitFor();
  await expectNoViolation(page);
});

test.each([7, 13, 21, "support", "agent"] as const)("the board of %s", async (user) => {
  const page = await signIn(browser, user);
  await expectNoViolation(page);
  if (user === "support") {
    await page.getByRole("button", { name: /^עסק 13/ }).click();
    await exportButton(page, "חדש SECRET13").waitFor();
    await expectNoViolation(page);
  }
});

describe.each(SCREENS)("on %s", (name, screen) => {
  const open = () => signIn(browser, 7, screen);
  async function expectNoViolationWhile(state: string, page: Page) {
    await expectNoViolation(page);
    await picture(page, `${name}-${state}`.replaceAll(" ", "-"));
  }

  test("an export: while it works, done, failed", async () => {
    const page = await open();
    await hold(page);
    await exportButton(page, "חדש").click();
    await page.locator(".export-leads-spinner").waitFor();
    await expectNoViolationWhile("exporting", page);
    await page.unroute("**/leads/export?*");

    await exportButton(page, "אין מענה").click();
    await page.getByRole("status").getByText("108 לידים יוצאו").waitFor();
    await expectNoViolationWhile("exported", page);

    await page.context().setOffline(true);
    await exportButton(page, "בטיפול").click();
    await page.getByRole("alert").getByText("אין חיבור").waitFor();
    await expectNoViolationWhile("export-failed", page);
  });

  test("the dialog: opened, with days, while it works, stopped, failed, without a column", async () => {
    const page = await open();
    const dialog = await openDialog(page, "חדש");
    await expectNoViolationWhile("dialog", page);
    await dialog.getByLabel("מתאריך").fill("2025-12-01");
    await dialog.getByLabel("עד תאריך").fill("2025-12-31");
    await dialog.getByText(/^\d+ לידים$/).waitFor();
    await expectNoViolationWhile("dialog-days", page);

    await hold(page);
    await button(dialog, "ייצוא").click();
    await dialog.getByRole("progressbar").waitFor();
    await expectNoViolationWhile("dialog-exporting", page);
    await button(dialog, "עצירת הייצוא").click();
    await dialog.getByText("הייצוא בוטל").waitFor();
    await expectNoViolationWhile("dialog-stopped", page);
    await page.unroute("**/leads/export?*");

    await page.context().setOffline(true);
    await button(dialog, "ייצוא").click();
    await dialog.getByRole("alert").waitFor();
    await expectNoViolationWhile("dialog-failed", page);
    for (const box of await dialog.getByRole("checkbox").all()) await box.uncheck();
    await dialog.getByText("יש לבחור לפחות עמודה אחת").waitFor();
    await expectNoViolationWhile("dialog-without-columns", page);
  });

  test("past exports: none, of all states, one to be deleted, one that is gone", async () => {
    sql("DELETE FROM export_leads.export_leads_exports");
    const page = await open();
    await openTab(page, "חדש", "ייצואים קודמים");
    await expectNoViolationWhile("history-empty", page);
    await page.keyboard.press("Escape");

    sql(`INSERT INTO export_leads.export_leads_exports (tenant, status, format, role, state)
         SELECT '7', 'new', 'csv', 'crm_web', unnest('{running,failed,expired}'::text[]);
         SELECT export_leads.export_leads_save(7, 'new', requested_by => 'דנה מהמכירות')`);
    const panel = await openTab(page, "חדש", "ייצואים קודמים");
    await expectNoViolationWhile("history-states", page);
    await panel.getByRole("button", { name: /^מחיקת/ }).first().click();
    await expectNoViolationWhile("history-delete", page);
    sql("DELETE FROM export_leads.export_leads_exports");
    await button(panel, "מחיקה").click();
    await panel.getByRole("alert").waitFor();
    await expectNoViolationWhile("history-gone", page);
  });

  test("schedules: none, one, paused, days of the week and of the month, refused", async () => {
    sql("DELETE FROM export_leads.export_leads_schedules");
    const page = await open();
    const panel = await openTab(page, "חדש", "תזמונים");
    await expectNoViolationWhile("schedules-empty", page);
    await panel.getByLabel("נמענים").fill("dana@example.com");
    await button(panel, "יצירת תזמון").click();
    await panel.getByText("התזמון נוצר").waitFor();
    await expectNoViolationWhile("schedules-made", page);
    await panel.getByRole("button", { name: /^השהיית/ }).click();
    await panel.getByText("מושהה").waitFor();
    await expectNoViolationWhile("schedules-paused", page);
    for (const days of ["week", "month"]) {
      await panel.getByLabel("ימים").selectOption(days);
      await expectNoViolationWhile(`schedules-${days}`, page);
    }
    await button(panel, "יצירת תזמון").click();
    await panel.getByRole("alert").waitFor();
    await expectNoViolationWhile("schedules-refused", page);
  });
});
