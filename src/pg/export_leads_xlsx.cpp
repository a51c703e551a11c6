// export_leads_xlsx(tenant, status, columns, created_from, created_to) -> bytea: a workbook.
#include "core/workbook.hpp"
#include "pg/export_arguments.hpp"
#include "pg/sandbox.hpp"
#include "pg/sheet_writer.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_xlsx);
}

Datum export_leads_xlsx(PG_FUNCTION_ARGS) {
  volatile Datum file = 0;
  export_leads::begin_export();
  PG_TRY();
  {
    export_leads::OutputBuffer output = export_leads::make_output_buffer();
    export_leads::SheetWriter writer = export_leads::make_sheet_writer(&output);
    (void)export_leads::write_export(export_leads::extension_schema(fcinfo),
                                     export_leads::read_request(fcinfo, 2), &writer.pub);
    file = export_leads::finish(output);
  }
  PG_FINALLY();
  { export_leads::end_export(); }
  PG_END_TRY();
  PG_RETURN_DATUM(file);
}
