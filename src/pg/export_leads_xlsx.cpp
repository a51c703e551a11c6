// export_leads_xlsx(tenant, status, columns, created_from, created_to) -> bytea: a workbook.
#include "core/workbook.hpp"
#include "pg/export_arguments.hpp"
#include "pg/sandbox.hpp"
#include "pg/sheet_writer.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_xlsx);
}

Datum export_leads_xlsx(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Datum file = 0;
  during_export([&] {
    OutputBuffer output = make_output_buffer();
    SheetWriter writer = make_sheet_writer(&output);
    (void)write_export(extension_schema(fcinfo), read_request(fcinfo, 2), &writer.pub);
    file = finish(output);
  });
  PG_RETURN_DATUM(file);
}
