// The export dialog as its users find it, and what its files must hold.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { sql } from "./demonstration";

export const menuButton = (page: Page, label: string): Locator =>
  page.getByRole("button", { name: `אפשרויות ייצוא: ${label}`, exact: true });

export const dialogOf = (page: Page, label: string): Locator =>
  page.getByRole("dialog", { name: `ייצוא לידים: ${label}`, exact: true });

/** Leaves a picture of the page in the folder SCREENSHOTS, if there is one. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Opens the dialog, and waits for its columns and its count. */
export async function openDialog(page: Page, label: string): Promise<Locator> {
  await menuButton(page, label).click();
  const dialog = dialogOf(page, label);
  await columnBox(dialog, "phone").waitFor();
  await dialog.getByText(/^\d+ לידים$|^ליד אחד$/).waitFor();
  return dialog;
}

/** Opens the dialog at a tab. */
export async function openTab(page: Page, label: string, tab: "ייצואים קודמים" | "תזמונים"): Promise<Locator> {
  await menuButton(page, label).click();
  const dialog = dialogOf(page, label);
  await dialog.getByRole("tab", { name: tab }).click();
  const panel = dialog.getByRole("tabpanel", { name: tab });
  await panel.getByText("טעינה…").waitFor({ state: "detached" });
  return panel;
}

export const button = (dialog: Locator, name: string): Locator =>
  dialog.getByRole("button", { name, exact: true });

/** The check box of a column, whose label is a Hebrew word, if it has one, and the column's header. */
export const columnBox = (within: Locator | Page, header: string): Locator =>
  within.getByRole("checkbox", { name: RegExp(`(^| )${header}$`) });

export const row = (dialog: Locator, header: string): Locator =>
  dialog.getByRole("listitem").filter({ has: columnBox(dialog.page(), header) });

export const moveButton = (dialog: Locator, header: string, where: "למעלה" | "למטה"): Locator =>
  row(dialog, header).getByRole("button", { name: RegExp(`^הזזת .+ ${where}$`) });

/** The headers of the columns in the dialog's order, all or only the chosen ones. */
export const columns = (dialog: Locator, which: "all" | "chosen" = "all"): Promise<string[]> =>
  dialog.getByRole("checkbox", which === "chosen" ? { checked: true } : {}).evaluateAll((boxes) =>
    boxes.map((box) => (box as HTMLInputElement).labels![0]!.textContent.trim().split(/\s+/).at(-1)!));

type Cell = string | number | null;

const WORKBOOK_READER = fileURLToPath(new URL("../../../test/web/workbook.py", import.meta.url));

/** The cells of a workbook, as openpyxl reads them. */
export const readWorkbook = (path: string): Cell[][] =>
  JSON.parse(execFileSync("/usr/bin/python3", ["-B", WORKBOOK_READER, path]).toString()) as Cell[][];

/** The workbook that LibreOffice saves after it has opened another. */
export function savedByLibreOffice(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), "workbook-"));
  copyFileSync(path, join(folder, "leads.xlsx"));
  execFileSync("soffice", ["--headless", `-env:UserInstallation=file://${folder}/profile`, "--convert-to", "xlsx",
    "--outdir", join(folder, "saved"), join(folder, "leads.xlsx")], { stdio: "ignore" });
  return join(folder, "saved", "leads.xlsx");
}

const CELLS: Record<string, string> = {
  status_id: "lead.status",
  status_name: "status.label",
  lead_id: "lead.id",
  full_name: "coalesce(nullif(lead.name, ''), nullif(concat_ws(' ', nullif(lead.first_name, ''),"
    + " nullif(lead.last_name, '')), ''), 'ללא שם')",
  phone: "lead.phone_e164",
  email: "lead.email",
  created_at: "to_char(lead.created_at::timestamp(3), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')",
  last_call_at: "to_char(call.created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')",
  last_call_status: "call.call_status",
  source: "lead.source",
  notes: "nullif(lead.notes, '')",
};

/** The cells of the leads of a status, read from the tables by a query that knows nothing of the extension. */
export function leadsInTables(tenant: number, status: string, columns: string[], condition = "true"): Cell[][] {
  return JSON.parse(sql(`
    SELECT coalesce(json_agg(json_build_array(${columns.map((column) => CELLS[column]).join()})
                             ORDER BY lead.created_at DESC, lead.id DESC), '[]')
    FROM leads AS lead
    JOIN lead_statuses AS status ON status.business_id = lead.tenant_id AND status.name = lead.status
    LEFT JOIN LATERAL (SELECT * FROM call_log WHERE lead_id = lead.id AND business_id = lead.tenant_id
                       ORDER BY created_at DESC, id DESC LIMIT 1) AS call ON true
    WHERE lead.tenant_id = ${tenant} AND lead.status = '${status}' AND ${condition}`).toString()) as Cell[][];
}
