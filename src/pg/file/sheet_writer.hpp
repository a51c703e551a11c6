// A workbook of one sheet, as Excel and LibreOffice open it.
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

/// Makes a writer into `output`, which must outlive it. It raises 54000 where a sheet holds no more
/// leads, and warns (01004) of texts that were cut to what a cell holds.
SheetWriter make_sheet_writer(OutputBuffer* output);

}  // namespace export_leads
