// The text of the queries: quoted identifiers out of the configuration, and parameters for values.
#include "pg/lead_query.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

// A field of one of the tables, behind the alias of its table: lead."phone". NULL where the site
// has none.
const char* field(const Configuration& configuration, Field which) {
  const FieldRule& rule = kFields[static_cast<int>(which)];
  const char* source = configuration.source(which);
  if (source == nullptr) return "NULL::pg_catalog.text";
  constexpr const char* kAliases[kTableCount] = {"lead", "status", "call"};
  return psprintf("%s.%s", kAliases[static_cast<int>(rule.table)], quote_identifier(source));
}

// A status compares as text, byte for byte, whatever its column's type; an index on a varchar or
// text column still serves.
const char* status_text(const Configuration& configuration, Field which) {
  const Oid table = configuration.table(kFields[static_cast<int>(which)].table);
  const AttrNumber number = get_attnum(table, configuration.source(which));
  Oid type = InvalidOid;
  int32 modifier = -1;
  Oid collation = InvalidOid;
  if (number > InvalidAttrNumber)
    get_atttypetypmodcoll(table, number, &type, &modifier, &collation);
  const bool is_plain = !OidIsValid(collation) || get_collation_isdeterministic(collation);
  return psprintf("%s::pg_catalog.text%s", field(configuration, which),
                  is_plain ? "" : " COLLATE pg_catalog.\"C\"");
}

Datum text_datum(std::string_view bytes) {
  return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
}

void add_parameter(QueryText& query, Oid type, Datum value) {
  query.types[query.parameter_count] = type;
  query.values[query.parameter_count] = value;
  ++query.parameter_count;
}

// Without a tenant the query can be analyzed, for set-up and for the doctor, but not run.
void add_tenant(QueryText& query, const Configuration& configuration, const Tenant* tenant,
                Table table) {
  if (tenant != nullptr)
    add_parameter(query, tenant->key(table).type, tenant->key(table).value);
  else
    add_parameter(
        query, tenant_type(configuration.table(table), configuration.source(tenant_field(table))),
        0);
}

}  // namespace

QueryText status_query(const Configuration& configuration, const Tenant* tenant,
                       std::string_view status, std::string_view lower_status) {
  const char* name = status_text(configuration, Field::status_name);
  QueryText query{};
  query.text = psprintf(
      "SELECT %s AS tenant, %s AS name, %s::pg_catalog.text AS label "
      "FROM %s AS status "
      "WHERE %s OPERATOR(pg_catalog.=) $1 AND (%s OPERATOR(pg_catalog.=) $2 OR %s "
      "OPERATOR(pg_catalog.=) $3) "
      "ORDER BY %s OPERATOR(pg_catalog.=) $2 DESC, label LIMIT 1",
      field(configuration, Field::status_tenant), name, field(configuration, Field::status_label),
      table_name(configuration.table(Table::statuses)), field(configuration, Field::status_tenant),
      name, name, name);
  add_tenant(query, configuration, tenant, Table::statuses);
  add_parameter(query, TEXTOID, text_datum(status));
  add_parameter(query, TEXTOID, text_datum(lower_status));
  return query;
}

QueryText lead_query(const Configuration& configuration, const Tenant* tenant) {
  QueryText query{};
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "SELECT %s, call.tenant, %s, ", field(configuration, Field::lead_tenant),
                   field(configuration, Field::lead_id));
  // The newline ends a comment that the expression may close with.
  appendStringInfo(&text, "(%s\n), ", configuration.source(Field::full_name));
  appendStringInfo(&text, "%s, %s, %s, call.created_at, call.status, %s, %s ",
                   field(configuration, Field::phone), field(configuration, Field::email),
                   field(configuration, Field::lead_created_at),
                   field(configuration, Field::source), field(configuration, Field::notes));
  appendStringInfo(&text, "FROM %s AS lead LEFT JOIN LATERAL (",
                   table_name(configuration.table(Table::leads)));
  appendStringInfo(
      &text, "SELECT %s AS tenant, %s AS created_at, %s AS status FROM %s AS call ",
      field(configuration, Field::call_tenant), field(configuration, Field::call_created_at),
      field(configuration, Field::call_status), table_name(configuration.table(Table::calls)));
  appendStringInfo(&text, "WHERE %s OPERATOR(pg_catalog.=) $2 AND %s OPERATOR(pg_catalog.=) %s ",
                   field(configuration, Field::call_tenant),
                   field(configuration, Field::call_lead_id), field(configuration, Field::lead_id));
  appendStringInfo(&text, "AND %s IS NOT NULL ORDER BY %s DESC, %s DESC LIMIT 1) AS call ON true ",
                   field(configuration, Field::call_created_at),
                   field(configuration, Field::call_created_at),
                   field(configuration, Field::call_id));
  appendStringInfo(&text, "WHERE %s OPERATOR(pg_catalog.=) $1 AND %s OPERATOR(pg_catalog.=) $3 ",
                   field(configuration, Field::lead_tenant),
                   status_text(configuration, Field::lead_status));
  appendStringInfo(&text, "ORDER BY %s DESC, %s DESC", field(configuration, Field::lead_created_at),
                   field(configuration, Field::lead_id));
  query.text = text.data;
  add_tenant(query, configuration, tenant, Table::leads);
  add_tenant(query, configuration, tenant, Table::calls);
  add_parameter(query, TEXTOID, 0);
  return query;
}

void bind_status(QueryText& lead_query, std::string_view status) {
  lead_query.values[lead_query.parameter_count - 1] = text_datum(status);
}

}  // namespace export_leads
