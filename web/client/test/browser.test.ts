// The button in Chromium, against the endpoint and the database: the click, the states, the errors, the keyboard.
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser, Locator, Page, Route } from "playwright-core";
import {
  ADDRESS, downloadOf, exportButton, exportColumn, exported, records, signIn, sql, startBrowser,
} from "./demonstration";
import { EXPORT_ROLES } from "../demo/OutboundCallsPage";

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

test("the three states: a download icon, a spinner that takes no second click, pale without leads", async () => {
  const page = await signIn(browser, 7);
  const button = exportButton(page, "חדש"), empty = exportButton(page, "למעקב");
  const opacity = (of: typeof button) => of.evaluate((element) => getComputedStyle(element).opacity);
  const animation = () => button.locator("svg").evaluate((element) => getComputedStyle(element).animationName);

  expect(await button.getAttribute("aria-busy")).toBe("false");
  expect(await animation()).toBe("none");
  expect(await empty.isDisabled()).toBe(true);
  expect([await opacity(button), await opacity(empty)]).toEqual(["1", "0.4"]);
  await picture(page, "normal-and-disabled");

  const held: Route[] = [];
  let arrived!: () => void;
  const request = new Promise<void>((resolve) => { arrived = resolve; });
  await page.route("**/api/outbound/leads/export*", (route) => { held.push(route); arrived(); });
  await button.click();
  await request;
  expect(await button.getAttribute("aria-busy")).toBe("true");
  expect(await animation()).toBe("export-leads-turn");
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
  expect(await alertOf(page).count()).toBe(0);
});

test("a role that may no longer export shows the server's message", async () => {
  const page = await signIn(browser, 7);
  await page.request.post(new URL("/api/login", ADDRESS).href, { data: { user: "agent7" } });
  await exportButton(page, "חדש").click();
  await alertOf(page).getByText("אין לך הרשאה לפעולה זו").waitFor();
});

test("who may not export sees no button for it, by the endpoint's own list of roles", async () => {
  const page = await signIn(browser, "agent");
  expect(await page.getByRole("region").count()).toBe(8);
  expect(await page.getByRole("button", { name: /ייצוא/ }).count()).toBe(0);
  await picture(page, "agent");
  const [, roles] = /^ROLES = (\[.*\])$/m.exec(readFileSync("../api/leads_export.py", "utf8"))!;
  expect(JSON.parse(roles!)).toEqual(EXPORT_ROLES);
});

test("a business without the page is told so", async () => {
  const page = await signIn(browser, 21);
  await alertOf(page).getByText("אינו זמין לעסק שלך").waitFor();
  expect(await page.getByRole("region").count()).toBe(0);
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

test("the keyboard passes over the export of a status without leads, and not over its past exports", async () => {
  const page = await signIn(browser, 7);
  await page.getByRole("button", { name: "הצגת הלידים: לא רלוונטי" }).focus(); // the last one before "למעקב"
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("אפשרויות ייצוא: למעקב");
});

test("the header runs from right to left, and mirrors from left to right", async () => {
  const page = await signIn(browser, 7);
  const column = page.getByRole("region", { name: "חדש" });
  const parts = [column.getByRole("heading"), column.getByRole("button", { name: /^בחירת/ }),
    exportButton(page, "חדש")];
  /** How far from the column's left edge the parts begin, or from its right one. */
  const offsets = async (edge: "left" | "right") => {
    const outer = (await column.boundingBox())!;
    const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!));
    return boxes.map((box) =>
      Math.round(edge === "left" ? box.x - outer.x : outer.x + outer.width - box.x - box.width));
  };
  expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl");
  const fromRight = await offsets("right");
  const [heading, select, download] = fromRight as [number, number, number];
  expect(heading).toBeLessThan(20);
  expect(select).toBeGreaterThan(heading + 100);
  expect(download).toBeGreaterThan(select);
  await page.evaluate(() => { document.documentElement.dir = "ltr"; });
  expect(await offsets("left")).toEqual(fromRight);
  await picture(page, "left-to-right");
});

/** The contrast of two opaque colours of CSS, as WCAG 2 defines it. */
function contrast(...colors: [string, string]): number {
  const [lighter, darker] = colors.map((color) => {
    const [red, green, blue] = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color)!.slice(1).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }).sort((one, other) => other - one) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

test("the buttons have the header's own colour, which can be read on each of the eight backgrounds", async () => {
  const page = await signIn(browser, 7);
  const headers = await page.locator(".kanban-header").evaluateAll((headers) => headers.map((header) => ({
    background: getComputedStyle(header).backgroundColor,
    colors: [...header.querySelectorAll("h2, button")].map((part) => getComputedStyle(part).color),
  })));
  expect(new Set(headers.map((header) => header.background)).size).toBe(8);
  for (const { background, colors } of headers) {
    expect(new Set(colors).size).toBe(1);
    expect(contrast(background, colors[0]!)).toBeGreaterThanOrEqual(4.5);
  }
});

test("no label pushes a button out of its column, and a status without a label has its name", async () => {
  const page = await signIn(browser, 7);
  const outside = await page.locator(".kanban-column").evaluateAll((columns) => columns.flatMap((column) => {
    const outer = column.getBoundingClientRect();
    return [...column.querySelectorAll("h2, button")].filter((part) => {
      const box = part.getBoundingClientRect();
      return box.left < outer.left || box.right > outer.right || part.scrollWidth > part.clientWidth;
    }).map((part) => part.outerHTML);
  }));
  expect(outside).toEqual([]);
  const column = page.getByRole("region", { name: "meeting" });
  expect(await column.getByRole("heading").textContent()).toBe("meeting");
  expect((await exportColumn(page, "meeting")).bytes.equals(exported(7, "meeting"))).toBe(true);
  await column.scrollIntoViewIfNeeded();
  await picture(page, "long-and-empty-labels");
});

test("a column loads its leads in pages, and exports all of them", async () => {
  const page = await signIn(browser, 7);
  const column = page.getByRole("region", { name: "אין מענה" });
  const phones = () => column.getByRole("listitem").locator("bdi").allTextContents();
  await column.getByText("(10 מתוך 108)").waitFor();
  const first = await phones();
  await column.getByRole("button", { name: "הצגת עוד: אין מענה" }).click();
  await column.getByText("(20 מתוך 108)").waitFor();
  expect((await phones()).slice(0, 10)).toEqual(first);
  expect(new Set(await phones()).size).toBe(20);
  expect(await column.getByRole("checkbox").nth(10).evaluate((box) => box === document.activeElement)).toBe(true);
  expect(records((await exportColumn(page, "אין מענה")).bytes)).toHaveLength(1 + 108);
});

test("leads are selected one by one, or those of a column that are loaded", async () => {
  const page = await signIn(browser, 7);
  const boxes = page.getByRole("region", { name: "חדש" }).getByRole("checkbox");
  const selected = () => boxes.evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked));
  await page.getByRole("button", { name: "בחירת הכול: חדש" }).click();
  expect(await selected()).toEqual(Array<boolean>(10).fill(true));
  await boxes.nth(3).uncheck();
  expect((await selected()).filter(Boolean)).toHaveLength(9);
  await page.getByRole("button", { name: "בחירת הכול: חדש" }).click();
  await picture(page, "selected");
  await page.getByRole("button", { name: "ניקוי הבחירה: חדש" }).click();
  expect(await selected()).toEqual(Array<boolean>(10).fill(false));
  expect(await page.getByRole("region", { name: "בטיפול" }).getByRole("checkbox").first().isChecked()).toBe(false);
});

test("a column of which no lead is loaded yet exports all of them", async () => {
  const page = await signIn(browser, 7);
  const column = page.getByRole("region", { name: "לא רלוונטי" });
  await column.getByText("(0 מתוך 5)").waitFor();
  expect((await exportColumn(page, "לא רלוונטי")).bytes.equals(exported(7, "closed_lost"))).toBe(true);
  await column.getByRole("button", { name: "הצגת הלידים: לא רלוונטי" }).click();
  await column.getByText("(5)").waitFor();
  expect(await column.getByRole("checkbox").count()).toBe(5);
});

test("on a phone the board scrolls by itself, a finger hits each target, and messages are on the screen", async () => {
  const page = await signIn(browser, 7, { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true });
  const small = await page.locator("button, label").evaluateAll((targets) => targets.map((target) => {
    const { width, height } = target.getBoundingClientRect();
    return { target: target.getAttribute("aria-label") ?? target.textContent, width, height };
  }).filter(({ width, height }) => width < 44 || height < 44));
  expect(small).toEqual([]);
  await picture(page, "phone");

  await exportButton(page, "לא רלוונטי").scrollIntoViewIfNeeded();
  expect(await page.locator(".board").evaluate((board) => Math.abs(board.scrollLeft))).toBeGreaterThan(375);
  await page.context().setOffline(true);
  await exportButton(page, "לא רלוונטי").tap();
  await expectOnScreen(alertOf(page));
  await picture(page, "phone-error");
  await page.context().setOffline(false);
  await downloadOf(page, () => exportButton(page, "לא רלוונטי").tap());
  await expectOnScreen(page.getByRole("status").getByText("5 לידים יוצאו"));
  await picture(page, "phone-success");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
});

async function expectOnScreen(message: Locator) {
  await message.waitFor();
  const box = (await message.boundingBox())!, screen = message.page().viewportSize()!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(screen.width);
  expect(box.y + box.height).toBeLessThanOrEqual(screen.height);
}
