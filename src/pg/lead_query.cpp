// The text of the queries: quoted identifiers out of the configuration, and parameters for values.
#include "pg/lead_query.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

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
  return psprintf("%s::pg_catalog.text%s", field_expression(configuration, which),
                  is_plain ? "" : " COLLATE pg_catalog.\"C\"");
}

Datum text_datum(std::string_view bytes) {
  return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
}

// Adds a parameter and returns its number.
int add_parameter(QueryText& query, Oid type, Datum value) {
  query.types[query.parameter_count] = type;
  query.values[query.parameter_count] = value;
  return ++query.parameter_count;
}

// Without a tenant the query can be analyzed, for set-up and for the doctor, but not run.
int add_tenant(QueryText& query, const Configuration& configuration, const Tenant* tenant,
               Table table) {
  if (tenant != nullptr)
    return add_parameter(query, tenant->key(table).type, tenant->key(table).value);
  return add_parameter(
      query, tenant_type(configuration.table(table), configuration.source(tenant_field(table))), 0);
}

// The queries under construction: the text and what it needs to know.
struct LeadQuery {
  const Configuration& configuration;
  const Tenant* tenant;
  const FileColumns& columns;
  StringInfoData text;
  QueryText query;
  const char* condition;  // which leads

  const char* field(Field which) const { return field_expression(configuration, which); }
  const char* table(Table which) const { return table_name(configuration.table(which)); }
};

// A bound in the type of the leads' own column: a timestamp without a zone is in the site's zone.
Datum range_bound(const LeadQuery& lead, Oid type, TimestampTz bound) {
  if (type == TIMESTAMPTZOID) return TimestampTzGetDatum(bound);
  return DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(lead.configuration.time_zone),
                             TimestampTzGetDatum(bound));
}

// The condition that a lead is the tenant's ($1), of the status ($2), and created in the range.
const char* lead_condition(LeadQuery& lead, const CreationRange& range) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%s OPERATOR(pg_catalog.=) $1 AND %s OPERATOR(pg_catalog.=) $2",
                   lead.field(Field::lead_tenant),
                   status_text(lead.configuration, Field::lead_status));
  const Oid table = lead.configuration.table(Table::leads);
  const AttrNumber number = get_attnum(table, lead.configuration.source(Field::lead_created_at));
  const Oid type = getBaseType(get_atttype(table, number));
  const char* created_at = lead.field(Field::lead_created_at);
  if (range.has_from)
    appendStringInfo(&text, " AND %s OPERATOR(pg_catalog.>=) $%d", created_at,
                     add_parameter(lead.query, type, range_bound(lead, type, range.from)));
  if (range.has_to)
    appendStringInfo(&text, " AND %s OPERATOR(pg_catalog.<) $%d", created_at,
                     add_parameter(lead.query, type, range_bound(lead, type, range.to)));
  return text.data;
}

void append_names(StringInfo text, const char* alias, const List* names) {
  const char* separator = "";
  ListCell* cell = nullptr;
  foreach (cell, names) {
    appendStringInfo(text, "%s%s.%s", separator, alias,
                     quote_identifier(static_cast<const char*>(lfirst(cell))));
    separator = ", ";
  }
}

// The calls that count: the tenant's own, with a time.
void append_calls(LeadQuery& lead) {
  appendStringInfo(&lead.text,
                   " FROM %s AS call WHERE %s OPERATOR(pg_catalog.=) $%d AND %s IS NOT NULL",
                   lead.table(Table::calls), lead.field(Field::call_tenant),
                   add_tenant(lead.query, lead.configuration, lead.tenant, Table::calls),
                   lead.field(Field::call_created_at));
}

void append_newest_first(LeadQuery& lead) {
  appendStringInfo(&lead.text, "%s DESC, %s DESC", lead.field(Field::call_created_at),
                   lead.field(Field::call_id));
}

// The columns of a call that the query names outside of the subquery that finds it.
List* call_columns(const LeadQuery& lead) {
  List* names = add_name(NIL, lead.configuration.source(Field::call_tenant));
  ListCell* cell = nullptr;
  foreach (cell, lead.columns.call_columns)
    names = add_name(names, static_cast<const char*>(lfirst(cell)));
  return names;
}

void append_call_per_lead(LeadQuery& lead) {
  appendStringInfoString(&lead.text, " LEFT JOIN LATERAL (SELECT ");
  append_names(&lead.text, "call", call_columns(lead));
  append_calls(lead);
  appendStringInfo(&lead.text, " AND %s OPERATOR(pg_catalog.=) %s ORDER BY ",
                   lead.field(Field::call_lead_id), lead.field(Field::lead_id));
  append_newest_first(lead);
  appendStringInfoString(&lead.text, " LIMIT 1) AS call ON true");
}

void append_calls_at_once(LeadQuery& lead) {
  const char* lead_id = lead.field(Field::call_lead_id);
  appendStringInfo(&lead.text, " LEFT JOIN (SELECT DISTINCT ON (%s) ", lead_id);
  append_names(&lead.text, "call",
               add_name(call_columns(lead), lead.configuration.source(Field::call_lead_id)));
  append_calls(lead);
  appendStringInfo(&lead.text,
                   " AND %s OPERATOR(pg_catalog.=) ANY (SELECT %s FROM %s AS lead WHERE %s) "
                   "ORDER BY %s, ",
                   lead_id, lead.field(Field::lead_id), lead.table(Table::leads), lead.condition,
                   lead_id);
  append_newest_first(lead);
  appendStringInfo(&lead.text, ") AS call ON %s OPERATOR(pg_catalog.=) %s", lead_id,
                   lead.field(Field::lead_id));
}

// The row of the status, for a site's own columns over it: the one that status_query() found.
void append_status(LeadQuery& lead) {
  appendStringInfoString(&lead.text, " LEFT JOIN (SELECT ");
  append_names(&lead.text, "status", lead.columns.status_columns);
  appendStringInfo(
      &lead.text,
      " FROM %s AS status WHERE %s OPERATOR(pg_catalog.=) $%d AND %s "
      "OPERATOR(pg_catalog.=) $2 ORDER BY %s::pg_catalog.text LIMIT 1) AS status ON true",
      lead.table(Table::statuses), lead.field(Field::status_tenant),
      add_tenant(lead.query, lead.configuration, lead.tenant, Table::statuses),
      status_text(lead.configuration, Field::status_name), lead.field(Field::status_label));
}

}  // namespace

QueryText status_query(const Configuration& configuration, const Tenant* tenant,
                       std::string_view status, std::string_view lower_status) {
  const char* name = status_text(configuration, Field::status_name);
  const char* tenant_column = field_expression(configuration, Field::status_tenant);
  QueryText query{};
  query.text = psprintf(
      "SELECT %s AS tenant, %s AS name, %s::pg_catalog.text AS label "
      "FROM %s AS status "
      "WHERE %s OPERATOR(pg_catalog.=) $1 AND (%s OPERATOR(pg_catalog.=) $2 OR %s "
      "OPERATOR(pg_catalog.=) $3) "
      "ORDER BY %s OPERATOR(pg_catalog.=) $2 DESC, label LIMIT 1",
      tenant_column, name, field_expression(configuration, Field::status_label),
      table_name(configuration.table(Table::statuses)), tenant_column, name, name, name);
  add_tenant(query, configuration, tenant, Table::statuses);
  add_parameter(query, TEXTOID, text_datum(status));
  add_parameter(query, TEXTOID, text_datum(lower_status));
  return query;
}

QueryText lead_query(const Configuration& configuration, const Tenant* tenant,
                     const FileColumns& columns, const CreationRange& range, CallLookup lookup) {
  LeadQuery lead{configuration, tenant, columns, {}, {}, nullptr};
  initStringInfo(&lead.text);
  add_tenant(lead.query, configuration, tenant, Table::leads);
  add_parameter(lead.query, TEXTOID, 0);
  lead.condition = lead_condition(lead, range);
  appendStringInfo(
      &lead.text, "SELECT %s, %s", lead.field(Field::lead_tenant),
      columns.call_columns == NIL ? "NULL::pg_catalog.text" : lead.field(Field::call_tenant));
  for (int i = 0; i < columns.count; ++i)
    if (columns.columns[i].source == ColumnSource::expression)
      // The newline ends a comment that the expression may close with.
      appendStringInfo(&lead.text, ", (%s\n)", columns.columns[i].expression);
  appendStringInfo(&lead.text, " FROM %s AS lead", lead.table(Table::leads));
  if (columns.call_columns != NIL && lookup == CallLookup::per_lead) append_call_per_lead(lead);
  if (columns.call_columns != NIL && lookup == CallLookup::at_once) append_calls_at_once(lead);
  if (columns.status_columns != NIL) append_status(lead);
  appendStringInfo(&lead.text, " WHERE %s ORDER BY %s DESC, %s DESC", lead.condition,
                   lead.field(Field::lead_created_at), lead.field(Field::lead_id));
  lead.query.text = lead.text.data;
  return lead.query;
}

void bind_status(QueryText& lead_query, std::string_view status) {
  lead_query.values[1] = text_datum(status);
}

}  // namespace export_leads
