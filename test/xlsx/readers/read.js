// Prints, as JSON, what the readers for JavaScript find in the first sheet of a workbook:  node read.js FILE
// For each reader the rows of its cells, each a pair of type and value; null where a cell is empty. A date is its
// serial number.
import { readFileSync } from "node:fs";
import ExcelJS from "exceljs";
import XLSX from "xlsx";

const MILLISECONDS_OF_A_DAY = 86_400_000;
const SERIAL_OF_1970 = 25_569;

const file = process.argv[2];

async function exceljs() {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(file);
  const sheet = workbook.worksheets[0];
  const cell = (value) => {
    if (value === null) return null;
    if (value instanceof Date) return ["date", value.getTime() / MILLISECONDS_OF_A_DAY + SERIAL_OF_1970];
    return [typeof value, value];
  };
  return Array.from({ length: sheet.rowCount }, (_, row) =>
    Array.from({ length: sheet.columnCount }, (_, column) => cell(sheet.getCell(row + 1, column + 1).value)),
  );
}

function sheetjs() {
  const workbook = XLSX.read(readFileSync(file), { cellNF: true });
  const sheet = workbook.Sheets[workbook.SheetNames[0]];
  const { e: last } = XLSX.utils.decode_range(sheet["!ref"]);
  const cell = (found) => {
    if (found === undefined) return null;
    return [XLSX.SSF.is_date(found.z ?? "") ? "date" : typeof found.v, found.v];
  };
  return Array.from({ length: last.r + 1 }, (_, row) =>
    Array.from({ length: last.c + 1 }, (_, column) => cell(sheet[XLSX.utils.encode_cell({ r: row, c: column })])),
  );
}

console.log(JSON.stringify({ exceljs: await exceljs(), SheetJS: sheetjs() }));
