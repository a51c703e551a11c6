// The export dialog in Chromium, against the endpoint and the database: what is chosen, and what the saved file holds.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { downloadOf, exportButton, exported, signIn, sql, startBrowser, USERS } from "./demonstration";
import {
  button, columnBox, columns, dialogOf, leadsInTables, menuButton, moveButton, openDialog, picture, readWorkbook, row,
  savedByLibreOffice,
} from "./exportDialog";

const STANDARD = ["status_id", "status_name", "lead_id", "full_name", "phone", "email", "created_at", "last_call_at",
  "last_call_status", "source", "notes"];

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

/** A page that is signed in, and does not wait long for what never comes. */
async function open(user: keyof typeof USERS, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await signIn(browser, user, { viewport: { width: 1800, height: 800 }, ...options });
  page.setDefaultTimeout(10_000);
  return page;
}

const isFocused = (part: Locator) => part.evaluate((element) => element === document.activeElement);
const periodOf = (dialog: Locator) => dialog.getByRole("combobox", { name: "תקופה" });
const days = async (dialog: Locator) => [
  await dialog.getByLabel("מתאריך").inputValue(), await dialog.getByLabel("עד תאריך").inputValue(),
];
const countText = (count: number) => (count === 1 ? "ליד אחד" : `${count} לידים`);
const countIn = (condition: string, tenant = 7, status = "new") =>
  leadsInTables(tenant, status, ["lead_id"], condition).length;

/** How many exports the page has asked for since. */
function countRequests(page: Page): () => number {
  let requests = 0;
  page.on("request", (request) => { if (request.url().includes("/leads/export?")) requests++; });
  return () => requests;
}

/** Runs SQL before a test's body, and takes it back after. */
async function between(before: string, after: string, body: () => Promise<void>) {
  sql(before);
  try { await body(); } finally { sql(after); }
}

describe.each([[7, "חדש"], [13, "חדש SECRET13"]] as const)("tenant %i", (tenant, label) => {
  test("with the mouse: columns, order, days and Excel, and the file holds what the tables hold", async () => {
    const page = await open(tenant);
    const dialog = await openDialog(page, label);
    expect(await dialog.getByRole("radio", { name: "Excel" }).isChecked()).toBe(true);
    expect(await columns(dialog, "chosen")).toEqual(STANDARD);
    for (const header of ["status_id", "status_name", "email"]) await columnBox(dialog, header).uncheck();
    await moveButton(dialog, "phone", "למעלה").click();
    await dialog.getByLabel("מתאריך").fill("2025-11-10");
    await dialog.getByLabel("עד תאריך").fill("2025-12-22");
    const condition = "lead.created_at >= '2025-11-10' AND lead.created_at < '2025-12-23'";
    const headers = ["lead_id", "phone", "full_name", ...STANDARD.slice(6)];
    const leads = leadsInTables(tenant, "new", headers, condition);
    expect(leads.length).toBeGreaterThan(5);
    await dialog.getByText(countText(leads.length), { exact: true }).waitFor();
    await picture(page, `dialog-range-${tenant}`);

    const file = await downloadOf(page, () => button(dialog, "ייצוא").click());
    await dialog.waitFor({ state: "hidden" });
    expect(await isFocused(menuButton(page, label))).toBe(true);
    await page.getByRole("status").getByText(`${leads.length} לידים יוצאו`).waitFor();
    await picture(page, `dialog-done-${tenant}`);
    expect(file.name).toMatch(/^outbound_leads_status_new_\d{4}-\d\d-\d\d\.xlsx$/);
    expect(readWorkbook(file.path)).toEqual([headers, ...leads]);
    expect(readWorkbook(savedByLibreOffice(file.path))).toEqual([headers, ...leads]);
  });

  test("by keyboard alone: the focus stays on the button that moves a column, and CSV has the database's bytes",
    async () => {
      const page = await open(tenant);
      const press = async (...keys: string[]) => { for (const key of keys) await page.keyboard.press(key); };
      /** Tabs on until the part has the focus. */
      const reach = async (part: Locator, key = "Tab") => {
        for (let presses = 0; !await isFocused(part); presses++) {
          expect(presses).toBeLessThan(80);
          await press(key);
        }
      };
      await exportButton(page, label).focus();
      await press("Tab");
      expect(await isFocused(menuButton(page, label))).toBe(true);
      await press("Enter");
      const dialog = dialogOf(page, label);
      await columnBox(dialog, "phone").waitFor();
      await reach(dialog.getByRole("radio", { name: "Excel" }));
      await press("ArrowDown");
      expect(await dialog.getByRole("radio", { name: "CSV" }).isChecked()).toBe(true);
      for (const header of ["status_id", "lead_id"]) {
        await reach(columnBox(dialog, header));
        await press("Space");
      }
      const up = moveButton(dialog, "phone", "למעלה");
      await reach(up);
      for (const key of ["Enter", "Space", "Enter"]) {
        await press(key);
        expect(await isFocused(up)).toBe(true);
      }
      expect((await columns(dialog)).indexOf("phone")).toBe(1);
      await press("Enter"); // to the top, where the button has nothing more to do and the focus still isn't lost
      expect((await columns(dialog)).indexOf("phone")).toBe(0);
      await press("Enter");
      expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
      const down = moveButton(dialog, "phone", "למטה");
      await reach(down);
      await press("Enter");
      expect(await isFocused(down)).toBe(true);
      await reach(button(dialog, "ייצוא"));
      const file = await downloadOf(page, () => press("Enter"));
      const chosen = ["phone", "status_name", "full_name", "email", "created_at", "last_call_at", "last_call_status",
        "source", "notes"];
      expect(file.name).toMatch(/\.csv$/);
      expect(file.bytes.equals(sql(`SELECT export_leads.export_leads_csv(${tenant}, 'new',
        ARRAY['${chosen.join("','")}'])`).subarray(0, -1))).toBe(true);
      await dialog.waitFor({ state: "hidden" });
      expect(await isFocused(menuButton(page, label))).toBe(true);
    });
});

test("a column is dragged to its place with the mouse", async () => {
  const page = await open(7);
  const dialog = await openDialog(page, "חדש");
  await row(dialog, "notes").dragTo(row(dialog, "lead_id"));
  const order = await columns(dialog);
  expect(order).toEqual(["status_id", "status_name", "notes", ...STANDARD.slice(2, -1)]);
  await row(dialog, "status_id").dragTo(row(dialog, "phone"));
  expect(await columns(dialog)).toEqual(
    ["status_name", "notes", "lead_id", "full_name", "phone", "status_id", ...STANDARD.slice(5, -1)]);
  const file = await downloadOf(page, () => button(dialog, "ייצוא").click());
  expect(readWorkbook(file.path)[0]).toEqual(await columns(await openDialog(page, "חדש")));
});

test("the periods are whole weeks from Sunday, months and years, by the browser's calendar", async () => {
  const page = await open(7, { timezoneId: "Asia/Jerusalem" });
  const dialog = await openDialog(page, "חדש");
  for (const [now, period, from, to] of [
    ["2026-01-01T00:30+02:00", "השבוע שעבר", "2025-12-21", "2025-12-27"],
    ["2026-01-03T23:30+02:00", "השבוע שעבר", "2025-12-21", "2025-12-27"],
    ["2026-01-04T00:30+02:00", "השבוע שעבר", "2025-12-28", "2026-01-03"],
    ["2026-03-29T00:30+03:00", "השבוע שעבר", "2026-03-22", "2026-03-28"], // the clocks went forward on the 27th
    ["2026-01-31T12:00+02:00", "החודש שעבר", "2025-12-01", "2025-12-31"],
    ["2024-03-31T23:30+03:00", "החודש שעבר", "2024-02-01", "2024-02-29"],
    ["2026-01-01T00:30+02:00", "השנה", "2026-01-01", "2026-12-31"],
    ["2025-12-31T23:30+02:00", "השנה", "2025-01-01", "2025-12-31"],
  ] as const) {
    await page.clock.setFixedTime(now);
    await periodOf(dialog).selectOption("כל התאריכים");
    await periodOf(dialog).selectOption(period);
    expect([now, ...await days(dialog)]).toEqual([now, from, to]);
    const count = countIn(`lead.created_at >= '${from}' AND lead.created_at < date '${to}' + 1`);
    await dialog.getByText(countText(count), { exact: true }).waitFor();
  }
});

test("the count follows the days, and is the database's", async () => {
  const page = await open(7);
  const dialog = await openDialog(page, "חדש");
  const expectCount = async (from: string, to: string) => {
    const bounds = `${from && `, created_from => '${from}'`}${to && `, created_to => date '${to}' + 1`}`;
    const count = Number(sql(`SELECT export_leads.export_leads_count(7, 'new'${bounds})`).toString());
    await dialog.getByText(countText(count), { exact: true }).waitFor();
    return count;
  };
  const all = await expectCount("", "");
  await dialog.getByLabel("מתאריך").fill("2025-12-22");
  const since = await expectCount("2025-12-22", "");
  expect(since).toBeLessThan(all);
  expect(await periodOf(dialog).locator("option:checked").textContent()).toBe("טווח תאריכים");
  await dialog.getByLabel("עד תאריך").fill("2025-12-23"); // with those of the 23rd itself
  const both = await expectCount("2025-12-22", "2025-12-23");
  expect(both).toBeLessThan(since);
  expect(countIn("lead.created_at >= '2025-12-22' AND lead.created_at < '2025-12-23'")).toBeLessThan(both);
  await dialog.getByLabel("עד תאריך").fill("2025-12-22");
  expect(await expectCount("2025-12-22", "2025-12-22")).toBeLessThan(both);
  await periodOf(dialog).selectOption("כל התאריכים");
  expect(await expectCount("", "")).toBe(all);
  expect(await days(dialog)).toEqual(["", ""]);
});

describe("an export that takes its time", () => {
  const LABEL = "גדול", NAME = "large";
  const busySessions = () => Number(sql(`SELECT count(*) FROM pg_stat_activity
    WHERE datname = 'crm_web' AND usename = 'crm_web' AND state <> 'idle'`).toString());

  beforeAll(() => sql(`
    INSERT INTO lead_statuses (business_id, name, label) VALUES (7, '${NAME}', '${LABEL}');
    INSERT INTO leads (tenant_id, status, created_at, notes)
    SELECT 7, '${NAME}', now(), (SELECT string_agg(md5(n || ' ' || part), '') FROM generate_series(1, 1000) AS part)
    FROM generate_series(1, 400) AS n`));
  afterAll(() => sql(`DELETE FROM leads WHERE status = '${NAME}'; DELETE FROM lead_statuses WHERE name = '${NAME}'`));

  /** A page whose connection brings so many bytes a second, and what changes that. */
  async function slowPage(bytesPerSecond: number) {
    const page = await open(7);
    const network = await page.context().newCDPSession(page);
    const limit = (downloadThroughput: number) => network.send("Network.emulateNetworkConditions",
      { offline: false, latency: 0, downloadThroughput, uploadThroughput: -1 });
    await limit(bytesPerSecond);
    return { page, limit };
  }

  test("its progress is shown, in bytes, too", async () => {
    const { page, limit } = await slowPage(500_000);
    const dialog = await openDialog(page, LABEL);
    const progress = dialog.getByRole("progressbar", { name: "התקדמות הייצוא" });
    const position = () => progress.evaluate((bar: HTMLProgressElement) => bar.position);
    const [file] = await Promise.all([page.waitForEvent("download"), (async () => {
      await button(dialog, "ייצוא").click();
      await expect.poll(position, { timeout: 20_000 }).toBeGreaterThan(0.05);
      const early = await position();
      await dialog.getByText(/\d מ״ב/).waitFor();
      await picture(page, "dialog-progress");
      await expect.poll(position).toBeGreaterThan(early);
      expect(await position()).toBeLessThan(1);
      await limit(-1);
    })()]);
    expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
    await page.getByRole("status").getByText("400 לידים יוצאו").waitFor();
  });

  test("cancelled, it saves nothing, is no error, and has held no transaction of the server's meanwhile", async () => {
    const { page, limit } = await slowPage(200_000);
    let downloads = 0;
    page.on("download", () => { downloads++; });
    const dialog = await openDialog(page, LABEL);
    await button(dialog, "ייצוא").click();
    await dialog.getByText(/\d מ״ב/).waitFor({ timeout: 20_000 });
    await expect.poll(busySessions).toBe(0); // between two parts of the file that the client does not read
    await button(dialog, "עצירת הייצוא").click();
    await page.getByRole("status").getByText("הייצוא בוטל").waitFor();
    expect(await dialog.getByRole("progressbar").count()).toBe(0);
    expect(await page.getByRole("alert").filter({ visible: true }).count()).toBe(0);
    await limit(-1);
    await dialog.getByLabel("מתאריך").fill("2000-01-01"); // what else is chosen is counted again
    await dialog.getByText("הייצוא בוטל. 400 לידים").waitFor();
    await downloadOf(page, () => button(dialog, "ייצוא").click());
    expect(downloads).toBe(1);
  });
});

test("an error stays in the dialog until the next export begins", async () => {
  const page = await open(7);
  const dialog = await openDialog(page, "חדש");
  const alert = dialog.getByRole("alert");
  await between("ALTER TABLE leads DISABLE ROW LEVEL SECURITY", "ALTER TABLE leads ENABLE ROW LEVEL SECURITY",
    async () => {
      await button(dialog, "ייצוא").click();
      await alert.getByText("הייצוא נכשל").waitFor();
    });
  let goOn!: () => void;
  const held = new Promise<void>((resolve) => { goOn = resolve; });
  await page.route("**/leads/export?*", async (route) => { await held; await route.continue(); });
  await downloadOf(page, async () => {
    await button(dialog, "ייצוא").click();
    await dialog.getByRole("progressbar").waitFor();
    expect(await alert.count()).toBe(0);
    goOn();
  });
  await dialog.waitFor({ state: "hidden" });
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("what the server refuses is said in the dialog, once", async () => {
  const page = await open(7);
  await page.context().clearCookies();
  const counted = page.waitForResponse((response) => response.url().includes("/count"));
  await menuButton(page, "חדש").click();
  const dialog = dialogOf(page, "חדש");
  await dialog.getByRole("alert").getByText("יש להתחבר למערכת").waitFor();
  await (await counted).finished();
  await page.waitForTimeout(100); // what would be said again is said after the answer
  expect(await dialog.getByText("יש להתחבר למערכת").count()).toBe(1);
});

describe("the choice of the last export", () => {
  test("is there after the page has been loaded again", async () => {
    const page = await open(7);
    await page.clock.setFixedTime("2026-01-04T12:00Z");
    let dialog = await openDialog(page, "חדש");
    await dialog.getByRole("radio", { name: "CSV" }).check();
    await columnBox(dialog, "email").uncheck();
    await moveButton(dialog, "phone", "למעלה").click();
    await periodOf(dialog).selectOption("החודש שעבר");
    await downloadOf(page, () => button(dialog, "ייצוא").click());
    await page.reload();
    await page.clock.setFixedTime("2026-02-04T12:00Z");
    dialog = await openDialog(page, "בטיפול"); // for another status, too, and a month later
    expect(await dialog.getByRole("radio", { name: "CSV" }).isChecked()).toBe(true);
    expect(await columns(dialog)).toEqual(
      ["status_id", "status_name", "lead_id", "phone", "full_name", "email", ...STANDARD.slice(6)]);
    expect(await columns(dialog, "chosen")).not.toContain("email");
    expect(await periodOf(dialog).locator("option:checked").textContent()).toBe("החודש שעבר");
    expect(await days(dialog)).toEqual(["2026-01-01", "2026-01-31"]);
  });

  test("forgets a column that is gone, and knows one that is new, which is not chosen", async () => {
    const page = await open(7), header = "אות ראשונה";
    await between(
      `SELECT export_leads.export_leads_add_column('initial', 'left(first_name, 1)', '${header}')`,
      "SELECT export_leads.export_leads_remove_column('initial')", async () => {
        const dialog = await openDialog(page, "חדש");
        expect(await columns(dialog, "chosen")).toEqual(STANDARD);
        const initial = columnBox(dialog, header);
        await initial.check();
        expect(await row(dialog, header).textContent()).toMatch(/^\s*אות ראשונה$/);
        const file = await downloadOf(page, () => button(dialog, "ייצוא").click());
        expect(readWorkbook(file.path)[0]).toEqual([...STANDARD, header]);
      });
    await page.reload();
    const dialog = await openDialog(page, "חדש");
    expect(await columns(dialog)).toEqual(STANDARD);
    const file = await downloadOf(page, () => button(dialog, "ייצוא").click());
    expect(readWorkbook(file.path)).toEqual([STANDARD, ...leadsInTables(7, "new", STANDARD)]);
  });

  test.each([
    ["is no JSON", "{"], ["is null", "null"], ["is a number", "1"], ["has no columns", '{"format":"csv"}'],
    ["has columns that are none", '{"columns":[null,1,"phone"]}'],
    ["is of another version", '{"format":"pdf","period":"lastDecade","columns":[{"name":"phone"}]}'],
  ])("does not matter where it %s", async (_, kept) => {
    const page = await open(7);
    await page.evaluate((kept) => localStorage.setItem("export_leads", kept), kept);
    await expectFirstChoice(page);
  });

  test("does not matter where the browser keeps nothing", async () => {
    const page = await open(7);
    await page.addInitScript(() => Object.defineProperty(window, "localStorage", {
      get() { throw new DOMException("denied", "SecurityError"); },
    }));
    await page.reload();
    await expectFirstChoice(page);
  });

  async function expectFirstChoice(page: Page) {
    const dialog = await openDialog(page, "חדש");
    expect(await dialog.getByRole("radio", { name: "Excel" }).isChecked()).toBe(true);
    expect(await columns(dialog)).toEqual(STANDARD);
    expect(await columns(dialog, "chosen")).toEqual(STANDARD);
    expect(await days(dialog)).toEqual(["", ""]);
    await downloadOf(page, () => button(dialog, "ייצוא").click());
  }
});

test("Escape closes it, the focus never leaves it before, and then is where it was", async () => {
  const page = await open(7);
  await openDialog(page, "חדש");
  for (const key of ["Tab", "Shift+Tab"]) {
    const visited = new Set<string>();
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press(key);
      visited.add(await page.evaluate(() => {
        const focused = document.activeElement!;
        // between the last part and the first, the focus is the browser's
        return focused === document.body || focused.closest("dialog") ? "within" : focused.outerHTML;
      }));
    }
    expect([...visited]).toEqual(["within"]);
  }
  await page.keyboard.press("Escape");
  await dialogOf(page, "חדש").waitFor({ state: "hidden" });
  expect(await isFocused(menuButton(page, "חדש"))).toBe(true);
  const dialog = await openDialog(page, "חדש");
  await button(dialog, "ביטול").click();
  await dialog.waitFor({ state: "hidden" });
  expect(await isFocused(menuButton(page, "חדש"))).toBe(true);
});

test("each column's dialog is its own: what is chosen in one and not exported is not in the other", async () => {
  const page = await open(7);
  const first = await openDialog(page, "חדש");
  await first.getByRole("radio", { name: "CSV" }).check();
  await columnBox(first, "phone").uncheck();
  await periodOf(first).selectOption("השבוע שעבר");
  await page.keyboard.press("Escape");
  const second = await openDialog(page, "בטיפול");
  expect(await page.getByRole("dialog").count()).toBe(1);
  expect(await second.getByRole("radio", { name: "Excel" }).isChecked()).toBe(true);
  expect(await columnBox(second, "phone").isChecked()).toBe(true);
  await second.getByText(countText(countIn("true", 7, "in_progress")), { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await openDialog(page, "חדש");
  expect(await columnBox(first, "phone").isChecked()).toBe(true);
});

test("while one column exports, another column's dialog is idle, and its own has the progress", async () => {
  const page = await open(7);
  let goOn!: () => void;
  const held = new Promise<void>((resolve) => { goOn = resolve; });
  await page.route("**/leads/export?*", async (route) => { await held; await route.continue(); });
  const file = await downloadOf(page, async () => {
    await exportButton(page, "חדש").click();
    const other = await openDialog(page, "בטיפול");
    expect(await other.getByRole("progressbar").count()).toBe(0);
    await page.keyboard.press("Escape");
    const own = await openDialog(page, "חדש");
    await own.getByRole("progressbar").waitFor();
    await page.keyboard.press("Escape"); // which does not stop it
    goOn();
  });
  expect(file.bytes.equals(exported(7, "new"))).toBe(true);
});

test("one lead is called so, and days without leads give a file without leads", async () => {
  await between("INSERT INTO leads (tenant_id, status, created_at) VALUES (7, 'follow_up', '2025-12-31 23:59:59')",
    "DELETE FROM leads WHERE status = 'follow_up'", async () => {
      const page = await open(7);
      const dialog = await openDialog(page, "למעקב");
      await dialog.getByLabel("עד תאריך").fill("2025-12-31"); // the last day, whole
      await dialog.getByText("ליד אחד", { exact: true }).waitFor();
      const file = await downloadOf(page, () => button(dialog, "ייצוא").click());
      await page.getByRole("status").getByText("ליד אחד יוצא").waitFor();
      expect(readWorkbook(file.path)).toEqual([STANDARD, ...leadsInTables(7, "follow_up", STANDARD)]);

      await menuButton(page, "למעקב").click();
      await dialog.getByLabel("עד תאריך").fill("2025-12-30");
      await dialog.getByText("0 לידים", { exact: true }).waitFor();
      const empty = await downloadOf(page, () => button(dialog, "ייצוא").click());
      await page.getByRole("status").getByText("הקובץ נשמר, ואין בו לידים").waitFor();
      expect(readWorkbook(empty.path)).toEqual([STANDARD]);
    });
});

test("a status without leads has a dialog nevertheless, for what was exported before", async () => {
  const page = await open(7);
  expect(await exportButton(page, "למעקב").isDisabled()).toBe(true);
  await menuButton(page, "למעקב").click();
  await dialogOf(page, "למעקב").getByRole("tab", { name: "ייצואים קודמים" }).waitFor();
});

test("days the wrong way round are refused in the server's words, and not exported", async () => {
  const page = await open(7);
  const dialog = await openDialog(page, "חדש");
  await dialog.getByLabel("עד תאריך").fill("2025-12-01");
  await dialog.getByLabel("מתאריך").fill("2025-12-02");
  await dialog.getByRole("status").getByText("תחילת הטווח מאוחרת מסופו").waitFor();
  const requests = countRequests(page);
  await button(dialog, "ייצוא").click();
  expect(requests()).toBe(0);
  expect(await dialog.isVisible()).toBe(true);
});

test("without a column nothing is exported", async () => {
  const page = await open(7);
  const dialog = await openDialog(page, "חדש");
  for (const header of STANDARD) await columnBox(dialog, header).uncheck();
  await dialog.getByRole("status").getByText("יש לבחור לפחות עמודה אחת").waitFor();
  const requests = countRequests(page);
  await button(dialog, "ייצוא").click({ force: true });
  await dialog.getByRole("radio", { name: "CSV" }).press("Enter");
  expect(requests()).toBe(0);
  expect(await dialog.isVisible()).toBe(true);
});

test("on a phone, all of it is on the screen, and a finger hits each target", async () => {
  const page = await open(7, { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });
  await menuButton(page, "חדש").tap();
  const dialog = dialogOf(page, "חדש");
  await dialog.getByText(countText(countIn("true")), { exact: true }).waitFor();
  await expect.poll(() => button(dialog, "ייצוא").evaluate((button) => {
    const { bottom } = button.getBoundingClientRect();
    return bottom > 0 && bottom <= innerHeight; // without scrolling
  })).toBe(true);
  const small = await dialog.evaluate((dialog) =>
    [...dialog.querySelectorAll("button, select, input")].flatMap((part) => {
      const { width, height } = (part.closest("label") ?? part).getBoundingClientRect();
      return width < 44 || height < 44 ? [`${part.outerHTML}: ${width} x ${height}`] : [];
    }));
  expect(small).toEqual([]);
  const hidden = await dialog.evaluate((dialog) =>
    [...dialog.querySelectorAll<HTMLElement>("button, select, input")].flatMap((part) => {
      part.focus();
      const { x, y, width, height } = part.getBoundingClientRect();
      return part.contains(document.elementFromPoint(x + width / 2, y + height / 2)) ? [] : [part.outerHTML];
    }));
  expect(hidden).toEqual([]);
  const sideways = await page.evaluate(() => [...document.querySelectorAll("dialog, dialog *")]
    .filter((part) => part.scrollWidth > part.clientWidth && getComputedStyle(part).overflowX !== "visible"
      && !part.matches(".export-leads-unseen")).map((part) => part.outerHTML));
  expect(sideways).toEqual([]);
  const box = (await dialog.boundingBox())!;
  expect([box.x >= 0, box.x + box.width <= 375, box.y >= 0, box.y + box.height <= 667]).toEqual(Array(4).fill(true));
  await moveButton(dialog, "phone", "למעלה").tap();
  expect((await columns(dialog)).indexOf("phone")).toBe(3);
  await downloadOf(page, () => button(dialog, "ייצוא").tap());
  await page.getByRole("status").getByText(/לידים יוצאו/).waitFor();
});
