// What an application copies, src alone, in the applications that there are: both JSX runtimes, React 18 and 19, and a
// TypeScript that is stricter than ours.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import ts from "typescript";
import { build } from "vite";
import { ADDRESS, downloadOf, exportColumn, exported, sql, startBrowser } from "./demonstration";
import {
  button, columnBox, columns, leadsInTables, moveButton, openDialog, openTab, readWorkbook,
} from "./exportDialog";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));
const APPLICATIONS = ["classic", "automatic"].flatMap((runtime) => [
  { runtime, react: 18, suffix: "-18" }, // of the packages' names
  { runtime, react: 19, suffix: "" },
]);

const STRICT = {
  target: "ES2020", lib: ["ES2020", "DOM", "DOM.Iterable"], module: "ES2020", moduleResolution: "node10", types: [],
  strict: true, exactOptionalPropertyTypes: true, noFallthroughCasesInSwitch: true, noImplicitOverride: true,
  noImplicitReturns: true, noPropertyAccessFromIndexSignature: true, noUncheckedIndexedAccess: true,
  noUnusedLocals: true, noUnusedParameters: true, isolatedModules: true, verbatimModuleSyntax: true,
  esModuleInterop: false, allowSyntheticDefaultImports: false, forceConsistentCasingInFileNames: true,
  skipLibCheck: true, noEmit: true,
};

test.each(APPLICATIONS)("src compiles for React $react with the $runtime runtime", ({ runtime, suffix }) => {
  const types = `./node_modules/@types/react${suffix}`;
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent({
    compilerOptions: {
      ...STRICT,
      jsx: runtime === "classic" ? "react" : "react-jsx",
      paths: { react: [types], "react/*": [`${types}/*`] },
    },
    include: ["src"],
  }, ts.sys, CLIENT);
  expect(fileNames.length).toBeGreaterThan(1);
  const found = [...errors, ...ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options))];
  expect(ts.formatDiagnostics(found, {
    getCurrentDirectory: () => CLIENT, getCanonicalFileName: (name) => name, getNewLine: () => "\n",
  })).toBe("");
});

let browser: Browser;
beforeAll(async () => { browser = await startBrowser(); });
afterAll(() => browser.close());

test("src needs no package but React and lucide-react", () => {
  const packages = ts.sys.readDirectory(join(CLIENT, "src"), [".ts", ".tsx"])
    .flatMap((file) => ts.preProcessFile(ts.sys.readFile(file)!).importedFiles.map(({ fileName }) => fileName))
    .filter((imported) => !imported.startsWith("./"));
  expect([...new Set(packages)].sort()).toEqual(["lucide-react", "react"]);
});

describe.each(APPLICATIONS)("React $react with the $runtime runtime", ({ runtime, react, suffix }) => {
  const name = `${runtime}-${react}`;

  // React's development build, which warns of mistakes, goes into the folder that the demonstration serves.
  beforeAll(async () => {
    await build({
      root: CLIENT, configFile: false, base: `/${name}/`, mode: "development", logLevel: "warn",
      resolve: { alias: { react: `react${suffix}`, "react-dom": `react-dom${suffix}` } },
      esbuild: { jsx: runtime === "classic" ? "transform" : "automatic" },
      build: { outDir: `${process.env.BUILD_DIR}/web/${name}`, emptyOutDir: true, minify: false },
    });
  });

  /** The demonstration, and what has gone wrong on it. */
  async function open(): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => { if (/error|warning/.test(message.type())) faults.push(message.text()); });
    // React reports itself to its developer tools.
    await page.addInitScript(() => {
      const tools = { supportsFiber: true, onCommitFiberRoot: () => {}, inject: ({ version }: { version: string }) => {
        document.documentElement.dataset.react = version;
      } };
      Object.assign(window, { __REACT_DEVTOOLS_GLOBAL_HOOK__: tools });
    });
    await page.request.post(new URL("/api/login", ADDRESS).href, { data: { user: "owner7" } });
    await page.goto(new URL(`/${name}/index.html`, ADDRESS).href);
    return { page, faults };
  }

  test("a click saves the file, and the dialog a workbook", async () => {
    const { page, faults } = await open();
    expect(faults).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.dataset.react)).toMatch(RegExp(`^${react}\\.`));
    const file = await exportColumn(page, "חדש");
    expect(file.bytes.equals(exported(7, "new"))).toBe(true);

    const dialog = await openDialog(page, "חדש");
    await columnBox(dialog, "email").uncheck();
    await moveButton(dialog, "phone", "למעלה").click();
    const headers = await columns(dialog, "chosen");
    const workbook = await downloadOf(page, () => button(dialog, "ייצוא").click());
    await page.getByRole("status").getByText(/לידים יוצאו/).waitFor();
    expect(readWorkbook(workbook.path)).toEqual([headers, ...leadsInTables(7, "new", headers)]);
    expect(faults).toEqual([]);
  });

  test("past exports and schedules work, too", async () => {
    sql("DELETE FROM export_leads.export_leads_exports; DELETE FROM export_leads.export_leads_schedules");
    const { page, faults } = await open();
    await exportColumn(page, "חדש");
    const history = await openTab(page, "חדש", "ייצואים קודמים");
    const again = await downloadOf(page, () => history.getByRole("button", { name: /^הורדת/ }).click());
    expect(again.bytes.equals(exported(7, "new"))).toBe(true);
    await history.getByRole("button", { name: /^מחיקת/ }).click();
    await button(history, "מחיקה").click();
    await history.getByText("הייצוא נמחק").waitFor();

    await page.getByRole("tab", { name: "תזמונים" }).click();
    const schedules = page.getByRole("tabpanel", { name: "תזמונים" });
    await schedules.getByText("אין תזמונים לעמודה זו").waitFor(); // until then the form takes nothing
    await button(schedules, "יצירת תזמון").click();
    await schedules.getByText("התזמון נוצר").waitFor();
    await schedules.getByRole("button", { name: /^השהיית/ }).click();
    await schedules.getByText("התזמון הושהה").waitFor();
    await schedules.getByRole("button", { name: /^מחיקת/ }).click();
    await button(schedules, "מחיקה").click();
    await schedules.getByText("אין תזמונים לעמודה זו").waitFor();
    expect(faults).toEqual([]);
  });
});
