// Writes workbooks with one sheet, which Excel and LibreOffice can open.
#pragma once

#include "core/xlsx/workbook.hpp"
#include "pg/file/output_buffer.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

struct SheetWriter {
  RecordWriter pub;
  OutputBuffer* output;
  core::Workbook* workbook;
  CellColumns columns;
};
static_assert(std::is_trivially_destructible_v<SheetWriter> &&
              std::is_standard_layout_v<SheetWriter>);

/// Makes a writer into `output`, which must outlive it. The writer raises 54000 where the sheet is
/// full or the file larger than a value can hold, and warns (01004) where texts were cut to the
/// most that a cell can hold.
SheetWriter make_sheet_writer(OutputBuffer* output);

}  // namespace export_leads
