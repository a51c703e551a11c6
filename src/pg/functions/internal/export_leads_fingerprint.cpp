// _export_leads_fingerprint() -> text: the same on two nodes of a Citus cluster that pass exports
// on to one another; NULL where set-up has not run. Raises what reading the configuration does.
#include "pg/guard/seal.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_fingerprint);
}

Datum export_leads_fingerprint(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Configuration configuration{};
  const Oid schema = extension_schema(fcinfo);
  if (!read_configuration(schema, &configuration) || cluster_key(schema) == nullptr)
    PG_RETURN_NULL();
  constexpr const char* kText = "fingerprint";
  const Seal seal = seal_of(configuration, schema, &kText, 1);
  char digits[2 * kSealSize + 1] = {};
  (void)hex_encode(reinterpret_cast<const char*>(seal.bytes), kSealSize, digits);
  PG_RETURN_TEXT_P(cstring_to_text(digits));
}
