// The button in Chromium, against the endpoint and the database: the click, the states, the errors, the keyboard.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser, Page, Route } from "playwright-core";
import {
  ADDRESS, downloadOf, exportButton, exportColumn, exported, signIn, sql, startBrowser, USERS,
} from "./demonstration";

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
afterAll(() => browser.close());

const alertOf = (page: Page) => page.getByRole("alert");

async function picture(page: Page, name: string) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

test.each([[7, "חדש"], [13, "חדש SECRET13"]] as const)(
  "tenant %i: a click saves the extension's bytes under the endpoint's name", async (tenant, label) => {
    const page = await signIn(browser, tenant);
    const file = await exportColumn(page, label);
    expect(file.name).toMatch(/^outbound_leads_status_new_\d{4}-\d\d-\d\d\.csv$/);
    expect(file.bytes.equals(exported(tenant, "new"))).toBe(true);
  });

test("a system administrator exports from the business that was chosen", async () => {
  const page = await signIn(browser, "support");
  await page.getByRole("button", { name: /^עסק 13/ }).click();
  const file = await exportColumn(page, "נסגר SECRET13");
  expect(file.bytes.equals(exported(13, "closed_won"))).toBe(true);
});

test("a tab that shows another business than the one chosen since gets no file until it is loaded again", async () => {
  const stale = await signIn(browser, "support");
  await stale.getByRole("button", { name: /^עסק 13/ }).click();
  await exportButton(stale, "חדש SECRET13").waitFor();
  const other = await stale.context().newPage();
  await other.goto(ADDRESS);
  await other.getByRole("button", { name: /^עסק 7/ }).click();
  await exportButton(other, "חדש").waitFor();

  let downloads = 0;
  stale.on("download", () => { downloads++; });
  await exportButton(stale, "חדש SECRET13").click();
  await alertOf(stale).getByText("יש לרענן את הדף").waitFor();
  await picture(stale, "another-business");
  await stale.reload();
  const file = await exportColumn(stale, "חדש");
  expect(file.bytes.equals(exported(7, "new"))).toBe(true);
  expect(downloads).toBe(1);
});

test("the three states: a download icon, a spinner that takes no second click, grey without leads", async () => {
  const page = await signIn(browser, 7);
  const button = exportButton(page, "חדש"), empty = exportButton(page, "למעקב");
  const color = (of: typeof button) => of.evaluate((element) => getComputedStyle(element).color);
  const animation = () => button.locator("svg").evaluate((element) => getComputedStyle(element).animationName);

  expect(await button.getAttribute("aria-busy")).toBe("false");
  expect(await animation()).toBe("none");
  expect(await empty.isDisabled()).toBe(true);
  expect(await color(empty)).toBe("rgb(162, 168, 176)");
  expect(await color(empty)).not.toBe(await color(button));
  await picture(page, "normal-and-disabled");

  const held: Route[] = [];
  let arrived!: () => void;
  const request = new Promise<void>((resolve) => { arrived = resolve; });
  await page.route("**/api/outbound/leads/export*", (route) => { held.push(route); arrived(); });
  await button.click();
  await request;
  expect(await button.getAttribute("aria-busy")).toBe("true");
  expect(await animation()).toBe("kanban-turn");
  await button.click({ force: true });
  await button.press("Enter");
  await picture(page, "loading");
  const file = await downloadOf(page, async () => { for (const route of held) await route.continue(); });
  expect(held).toHaveLength(1);
  expect(file.bytes.equals(exported(7, "new"))).toBe(true);
  await expect.poll(() => button.getAttribute("aria-busy")).toBe("false");
});

test("a network that is cut is said, and the next click works", async () => {
  const page = await signIn(browser, 7);
  await page.context().setOffline(true);
  await exportButton(page, "חדש").click();
  await alertOf(page).getByText("אין חיבור לשרת").waitFor();
  await picture(page, "error");
  await page.context().setOffline(false);
  expect((await exportColumn(page, "חדש")).bytes.equals(exported(7, "new"))).toBe(true);
});

test("a 403 shows the server's message", async () => {
  const page = await signIn(browser, "agent");
  await exportButton(page, "חדש").click();
  await alertOf(page).getByText("אין לך הרשאה לפעולה זו").waitFor();
});

test("a session that has ended shows the server's message", async () => {
  const page = await signIn(browser, 7);
  await page.context().clearCookies();
  await exportButton(page, "חדש").click();
  await alertOf(page).getByText("יש להתחבר למערכת").waitFor();
});

test("a 500 shows the server's message, and the next click works", async () => {
  const page = await signIn(browser, 7);
  sql("ALTER TABLE leads DISABLE ROW LEVEL SECURITY");
  try {
    await exportButton(page, "חדש").click();
    await alertOf(page).getByText("הייצוא נכשל").waitFor();
  } finally {
    sql("ALTER TABLE leads ENABLE ROW LEVEL SECURITY");
  }
  expect((await exportColumn(page, "חדש")).bytes.equals(exported(7, "new"))).toBe(true);
});

test.each(["Enter", "Space"])("the keyboard reaches the button from \"Select All\", and %s exports", async (key) => {
  const page = await signIn(browser, 7);
  const button = exportButton(page, "חדש");
  await page.getByRole("button", { name: "בחירת הכול: חדש" }).focus();
  await page.keyboard.press("Tab");
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  const file = await downloadOf(page, () => page.keyboard.press(key));
  expect(file.bytes.equals(exported(7, "new"))).toBe(true);
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("the keyboard passes over the button of a status without leads", async () => {
  const page = await signIn(browser, 7);
  const labels: string[] = [];
  await page.getByRole("button", { name: USERS.agent }).focus();
  for (let press = 0; press < 12; press++) {
    await page.keyboard.press("Tab");
    labels.push(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""));
  }
  expect(labels.filter((label) => label.startsWith("ייצוא לידים"))).toHaveLength(5);
  expect(labels.join()).not.toContain("למעקב");
});

test("the header runs from right to left, and mirrors from left to right", async () => {
  const page = await signIn(browser, 7);
  const column = page.getByRole("region", { name: "חדש" });
  const parts = [column.getByRole("heading"), column.getByText(/^\(\d+\)$/),
    column.getByRole("button", { name: /^בחירת/ }), exportButton(page, "חדש")];
  /** How far from the column's left edge the parts begin, or from its right one. */
  const offsets = async (edge: "left" | "right") => {
    const outer = (await column.boundingBox())!;
    const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!));
    return boxes.map((box) =>
      Math.round(edge === "left" ? box.x - outer.x : outer.x + outer.width - box.x - box.width));
  };
  expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl");
  const fromRight = await offsets("right");
  const [heading, count, select, download] = fromRight as [number, number, number, number];
  expect(heading).toBeLessThan(20);
  expect(count).toBeGreaterThan(heading);
  expect(select).toBeGreaterThan(count + 100);
  expect(download).toBeGreaterThan(select);
  await page.evaluate(() => { document.documentElement.dir = "ltr"; });
  expect(await offsets("left")).toEqual(fromRight);
  await picture(page, "left-to-right");
});
