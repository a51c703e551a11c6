// Schedules in the dialog, in Chromium, against the endpoint and the database.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { signIn, sql, startBrowser, USERS } from "./demonstration";
import { button, openTab, picture } from "./exportDialog";

const SCHEDULES = "תזמונים";

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
beforeEach(() => { sql("DELETE FROM export_leads.export_leads_schedules"); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

async function open(user: keyof typeof USERS = 7, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await signIn(browser, user, {
    viewport: { width: 1800, height: 900 }, timezoneId: "Asia/Jerusalem", ...options,
  });
  page.setDefaultTimeout(10_000);
  return page;
}

const stored = (columns: string) => JSON.parse(sql(`
  SELECT coalesce(json_agg(json_build_array(${columns}) ORDER BY created_at), '[]')
  FROM export_leads.export_leads_schedules`).toString()) as unknown[][];
const make = (panel: Locator) => button(panel, "יצירת תזמון").click();
const isFocused = (part: Locator) => part.evaluate((element) => element === document.activeElement);

/** The next days at 8 in the morning in Jerusalem, as the page writes them, by a calculation of its own. */
const nextMornings = (condition: string) => (JSON.parse(sql(`
  SELECT json_agg(to_char(day, 'FMDD.FMMM.YYYY') || ', 08:00' ORDER BY day)
  FROM (SELECT day FROM generate_series(current_date - 1, current_date + 100, interval '1 day') AS d (day)
        WHERE ${condition} AND (day::date + time '08:00') AT TIME ZONE 'Asia/Jerusalem' > now()
        ORDER BY day LIMIT 3) AS days`).toString()) as string[]);

test.each([[7, "חדש", "owner7"], [13, "חדש SECRET13", "admin13"]] as const)(
  "tenant %i: a schedule is made, shows its three next runs, pauses, goes on, and is deleted",
  async (tenant, label, user) => {
    const page = await open(tenant);
    const panel = await openTab(page, label, SCHEDULES);
    await panel.getByText("אין תזמונים לעמודה זו").waitFor();
    expect(await panel.getByLabel("אזור זמן").inputValue()).toBe("Asia/Jerusalem");
    await panel.getByLabel("ימים").selectOption("בימים קבועים בשבוע");
    for (const day of ["רביעי", "ראשון"]) await panel.getByRole("checkbox", { name: day }).check();
    await panel.getByLabel("אילו לידים").selectOption("לידים שנוצרו בשבוע הקודם");
    await panel.getByLabel("נמענים").fill("dana@example.com\n\n  yossi@example.com \n");
    await panel.getByLabel("שם").fill('לידים "שבועי"');
    await picture(page, `schedule-new-${tenant}`);
    await make(panel);
    await panel.getByRole("status").getByText("התזמון נוצר").waitFor();
    expect(stored("tenant, status, at, weekdays, month_days, time_zone, format, period, recipients,"
      + " requested_by, name"))
      .toEqual([[String(tenant), "new", "08:00:00", [0, 3], null, "Asia/Jerusalem", "xlsx", "week",
        ["dana@example.com", "yossi@example.com"], user, 'לידים "שבועי"']]);

    const row = panel.locator(".export-leads-list > li");
    expect(await row.count()).toBe(1);
    for (const text of ['לידים "שבועי"', "בימים ראשון, רביעי בשעה 08:00", "Asia/Jerusalem", "yossi@example.com",
      "לידים שנוצרו בשבוע הקודם · Excel"]) expect(await row.innerText()).toContain(text);
    const runs = () => row.getByRole("listitem").allInnerTexts();
    const expected = nextMornings("extract(dow FROM day) IN (0, 3)");
    expect((await runs()).map((run) => run.replace(/^יום \S+, /, "").replace(/ בשעה /, ", "))).toEqual(expected);
    for (const run of await runs()) expect(run).toMatch(/^יום (ראשון|רביעי), /);
    expect(await panel.getByLabel("שם").inputValue()).toBe("");
    await picture(page, `schedules-${tenant}`);

    await row.getByRole("button", { name: /^השהיית התזמון: / }).click();
    await panel.getByRole("status").getByText("התזמון הושהה").waitFor();
    await row.getByText("מושהה").waitFor();
    expect([stored("paused, next_run"), await runs()]).toEqual([[[true, null]], []]);
    const resume = row.getByRole("button", { name: /^המשך התזמון: / });
    expect(await isFocused(resume)).toBe(true);
    await page.keyboard.press("Enter");
    await panel.getByRole("status").getByText("התזמון ממשיך").waitFor();
    expect([stored("paused"), (await runs()).length]).toEqual([[[false]], 3]);

    await row.getByRole("button", { name: /^מחיקת התזמון: / }).click();
    await button(row, "ביטול").click();
    expect(stored("1")).toHaveLength(1);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await panel.getByRole("status").getByText("התזמון נמחק").waitFor();
    expect(await isFocused(panel.getByRole("heading", { name: SCHEDULES }))).toBe(true);
    expect([await row.count(), stored("1")]).toEqual([0, []]);
  });

test("days of the month, the last among them, and every day with the site's own zone", async () => {
  const page = await open();
  const panel = await openTab(page, "בטיפול", SCHEDULES);
  await panel.getByLabel("ימים").selectOption("בימים קבועים בחודש");
  await panel.getByLabel("ימי החודש").fill("1, 15");
  await panel.getByRole("checkbox", { name: "היום האחרון בחודש" }).check();
  await panel.getByLabel("שעה").fill("23:30");
  await make(panel);
  await panel.getByText("ב־1, 15 בחודש וגם ביום האחרון בחודש בשעה 23:30").waitFor();
  await panel.getByLabel("אזור זמן").fill("");
  await panel.getByRole("radio", { name: "CSV" }).check();
  await make(panel);
  await panel.getByText("בכל יום בשעה 08:00 (UTC)").waitFor();
  expect(stored("status, at, weekdays, month_days, time_zone, format, period, recipients, name")).toEqual([
    ["in_progress", "23:30:00", null, [-1, 1, 15], "Asia/Jerusalem", "xlsx", null, [], null],
    ["in_progress", "08:00:00", null, null, "UTC", "csv", null, [], null]]);
});

test("what is wrong with a schedule is said in place, nothing is stored, and what was typed stays", async () => {
  const page = await open();
  const panel = await openTab(page, "חדש", SCHEDULES);
  const alert = panel.getByRole("alert");
  async function refused(words: string) {
    await make(panel);
    await alert.getByText(words).waitFor();
  }
  await panel.getByLabel("שם").fill("נשאר");
  await panel.getByLabel("שעה").fill("");
  await refused("יש לבחור שעה");
  await panel.getByLabel("שעה").fill("07:15");
  await panel.getByLabel("ימים").selectOption("בימים קבועים בשבוע");
  await refused("לא נבחרו ימים");
  await panel.getByLabel("ימים").selectOption("בימים קבועים בחודש");
  for (const days of ["0", "32", "1, x"]) {
    await panel.getByLabel("ימי החודש").fill(days);
    await refused("ימי החודש אינם תקינים");
  }
  await panel.getByLabel("ימי החודש").fill("31");
  await panel.getByLabel("אזור זמן").fill("Nowhere/Land");
  await refused("אזור הזמן אינו מוכר");
  await picture(page, "schedule-refused");
  await panel.getByLabel("אזור זמן").fill("Europe/London");
  await panel.getByLabel("נמענים").fill("dana@example.com, dana");
  await refused("נמען מספר 2");
  expect([stored("1"), await panel.getByLabel("שם").inputValue()]).toEqual([[], "נשאר"]);
  await panel.getByLabel("נמענים").fill("dana@example.com");
  await make(panel);
  await panel.getByText("(Europe/London)").waitFor();
  expect(await alert.count()).toBe(0);
  expect(stored("name, at")).toEqual([["נשאר", "07:15:00"]]);
});

test("the schedules are the column's and the tenant's own", async () => {
  for (const [tenant, status, name] of [[7, "new", "own"], [7, "closed_won", "elsewhere"], [13, "new", "SECRET13"]])
    sql(`SELECT export_leads.export_leads_schedule(${tenant}, '${status}', '08:00', name => '${name}')`);
  const panel = await openTab(await open(), "חדש", SCHEDULES);
  expect(await panel.locator(".export-leads-list > li bdi:first-child").allInnerTexts()).toEqual(["own"]);
});

test("a schedule that has failed is told apart from one that was paused", async () => {
  sql(`SELECT export_leads.export_leads_schedule(7, 'new', '08:00', name => name)
       FROM unnest('{retried,given up,asked}'::text[]) AS name;
       UPDATE export_leads.export_leads_schedules SET failures = 2 WHERE name = 'retried';
       UPDATE export_leads.export_leads_schedules SET paused = true, next_run = NULL WHERE name <> 'retried';
       UPDATE export_leads.export_leads_schedules SET failures = 100 WHERE name = 'given up'`);
  const panel = await openTab(await open(), "חדש", SCHEDULES);
  for (const [name, text] of [["retried", "הייצוא האחרון נכשל ויבוצע שוב"],
    ["given up", "הושהה אחרי כישלונות חוזרים"], ["asked", "מושהה"]] as const)
    expect(await panel.locator(".export-leads-list > li").filter({ hasText: name }).innerText()).toContain(text);
});

test("on a touch screen what can be touched is 44 pixels wide and high", async () => {
  sql("SELECT export_leads.export_leads_schedule(7, 'new', '08:00', name => 'own')");
  const page = await open(7, { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });
  const panel = await openTab(page, "חדש", SCHEDULES);
  await panel.getByLabel("ימים").selectOption("בימים קבועים בשבוע");
  for (const part of await panel.locator("button, select, textarea, label, [type=time], [type=text]").all()) {
    const box = (await part.boundingBox())!;
    expect([box.width >= 44, box.height >= 44], await part.innerHTML()).toEqual([true, true]);
  }
  await picture(page, "schedules-phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});
