// Raises findings as errors, and writes the calls that their hints and remediations show.
#include "pg/guard/finding.hpp"

extern "C" {
#include "catalog/pg_extension.h"
}

namespace export_leads {
namespace {

// The extension's schema; InvalidOid where it is not installed.
Oid installed_schema() {
  Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
              CStringGetDatum("export_leads"));
  SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &key);
  HeapTuple row = systable_getnext(scan);
  const Oid schema = HeapTupleIsValid(row)
                         ? reinterpret_cast<Form_pg_extension>(GETSTRUCT(row))->extnamespace
                         : InvalidOid;
  systable_endscan(scan);
  table_close(extensions, AccessShareLock);
  return schema;
}

void raise(const Finding& finding, void*) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", finding.detail),
                  errhint("%s", see_check())));
}

}  // namespace

const char* own_call(const char* call) {
  const char* schema = get_namespace_name(installed_schema());
  return schema == nullptr ? call : psprintf("%s.%s", quote_identifier(schema), call);
}

const char* see_check() {
  return psprintf("\"SELECT * FROM %s\" shows what is wrong and how to mend it.",
                  own_call("export_leads_check()"));
}

const char* run_setup(const char* arguments) {
  return psprintf("SELECT * FROM %s(%s);", own_call("export_leads_setup"), arguments);
}

FindingSink raising_sink() { return {raise, nullptr, 0}; }

Finding not_set_up() {
  return {"not_set_up", "export_leads", "export_leads is not set up in this database", run_setup()};
}

}  // namespace export_leads
