// Writes the text of the queries. It contains quoted identifiers from the configuration; all values
// are parameters.
#include "pg/query/lead_query.hpp"

#include "pg/guard/known_tenant.hpp"
#include "pg/setup/status_type.hpp"
#include "pg/setup/tenant_type.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

// The parameter of lead_query() that holds the status's name, for a site's own columns over the
// status.
constexpr int kStatusNameParameter = kLeadStatusParameter + 1;

// Adds a parameter and returns its number, from 1.
int add_parameter(QueryText& query, Oid type, Datum value) {
  query.types[query.parameter_count] = type;
  query.values[query.parameter_count] = value;
  return ++query.parameter_count;
}

// A query whose first parameters are the tenant, in the type of each table. Without a tenant the
// query can be analyzed, as set-up and the check do, but not run.
QueryText begin_query(const Configuration& configuration, const Tenant* tenant) {
  QueryText query{};
  for (const Table table : kTables) {
    const char* column = configuration.source(tenant_field(table));
    const Oid type = column == nullptr   ? InvalidOid  // no query names this parameter
                     : tenant != nullptr ? tenant->key(table).type
                                         : tenant_type(configuration.table(table), column);
    const int parameter =
        add_parameter(query, type, tenant == nullptr ? 0 : tenant->key(table).value);
    query.nulls[parameter - 1] = column == nullptr;
  }
  return query;
}

// Sets a parameter to a status, or to NULL where its type has no value of that name.
void bind(QueryText& query, int parameter, const char* status) {
  const int i = parameter - 1;
  query.nulls[i] = status == nullptr || !read_status(query.types[i], status, &query.values[i]);
}

Oid table_of(const Configuration& configuration, Field field) {
  return configuration.table(kFields[static_cast<int>(field)].table);
}

int add_status(QueryText& query, const Configuration& configuration, Field field) {
  const int parameter = add_parameter(
      query, status_type(table_of(configuration, field), configuration.source(field)), 0);
  query.nulls[parameter - 1] = true;
  return parameter;
}

// The condition that a field is the status in a parameter. It compares in the column's own type, so
// that an index on the column can be used.
const char* is_status(const Configuration& configuration, Field field, int parameter) {
  return equals_status(table_of(configuration, field), configuration.source(field),
                       field_expression(configuration, field), parameter);
}

// The condition that a status belongs to the tenant. Always true where the site's statuses belong
// to every tenant; where only some do, those without a tenant also count.
const char* is_of_tenant(const Configuration& configuration) {
  if (configuration.source(Field::status_tenant) == nullptr) return "true";
  const char* column = field_expression(configuration, Field::status_tenant);
  const char* is_own =
      psprintf("%s OPERATOR(pg_catalog.=) $%d", column, tenant_parameter(Table::statuses));
  return configuration.status_defaults ? psprintf("(%s OR %s IS NULL)", is_own, column) : is_own;
}

// A query under construction: its text, its parameters and what they are built from.
struct LeadQuery {
  const Configuration& configuration;
  const FileColumns& columns;
  StringInfoData text;
  QueryText query;
  const char* condition;  // the condition that selects the leads

  const char* field(Field which) const { return field_expression(configuration, which); }
  const char* table(Table which) const { return table_name(configuration.table(which)); }
};

// A query whose first parameters are the tenant and the leads' status.
LeadQuery begin_lead_query(const Configuration& configuration, const Tenant* tenant,
                           const FileColumns& columns) {
  LeadQuery lead{configuration, columns, {}, begin_query(configuration, tenant), nullptr};
  initStringInfo(&lead.text);
  (void)add_status(lead.query, configuration, Field::lead_status);
  return lead;
}

// A bound of the creation range in the type of the leads' column: a timestamp without a time zone
// is in the site's time zone.
Datum range_bound(const LeadQuery& lead, Oid type, TimestampTz bound) {
  if (type == TIMESTAMPTZOID) return TimestampTzGetDatum(bound);
  return DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(lead.configuration.time_zone),
                             TimestampTzGetDatum(bound));
}

// The condition that a lead belongs to the tenant, has the status, and was created in the range.
const char* lead_condition(LeadQuery& lead, const CreationRange& range) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%s OPERATOR(pg_catalog.=) $%d AND %s", lead.field(Field::lead_tenant),
                   tenant_parameter(Table::leads),
                   is_status(lead.configuration, Field::lead_status, kLeadStatusParameter));
  const Oid table = lead.configuration.table(Table::leads);
  const AttrNumber number = get_attnum(table, lead.configuration.source(Field::lead_created_at));
  const Oid type = getBaseType(get_atttype(table, number));
  const char* created_at = lead.field(Field::lead_created_at);
  if (range.changes) lead.query.changing = lead.query.parameter_count + 1;
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

// Appends the calls that count: the tenant's own that have a time.
void append_calls(LeadQuery& lead) {
  appendStringInfo(&lead.text,
                   " FROM %s AS call WHERE %s OPERATOR(pg_catalog.=) $%d AND %s IS NOT NULL",
                   lead.table(Table::calls), lead.field(Field::call_tenant),
                   tenant_parameter(Table::calls), lead.field(Field::call_created_at));
}

void append_newest_first(LeadQuery& lead) {
  appendStringInfo(&lead.text, "%s DESC, %s DESC", lead.field(Field::call_created_at),
                   lead.field(Field::call_id));
}

// The columns of a call that are needed outside the subquery that finds the call.
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

void append_columns(LeadQuery& lead) {
  const int count = lead.columns.count;
  auto* places = static_cast<ExpressionPlace*>(
      palloc(sizeof(ExpressionPlace) * static_cast<std::size_t>(count)));
  lead.query.expressions = places;
  for (int i = 0; i < count; ++i) {
    const FileColumn& column = lead.columns.columns[i];
    if (column.source != ColumnSource::expression) continue;
    appendStringInfoString(&lead.text, ", (");
    const int begin = lead.text.len;
    appendStringInfoString(&lead.text, column.expression);
    places[lead.query.expression_count++] = {column.name, begin, lead.text.len};
    // A newline follows the expression, which may end in a comment.
    appendStringInfoString(&lead.text, "\n)");
  }
}

// Appends a join with the row of the status that status_query() found, for a site's own columns
// over it.
void append_status(LeadQuery& lead) {
  appendStringInfoString(&lead.text, " LEFT JOIN (SELECT ");
  append_names(&lead.text, "status", lead.columns.status_columns);
  appendStringInfo(&lead.text,
                   " FROM %s AS status WHERE %s AND %s ORDER BY %s IS NULL, "
                   "%s::pg_catalog.text LIMIT 1) AS status ON true",
                   lead.table(Table::statuses), is_of_tenant(lead.configuration),
                   is_status(lead.configuration, Field::status_name, kStatusNameParameter),
                   lead.field(Field::status_tenant), lead.field(Field::status_label));
}

}  // namespace

QueryText status_query(const Configuration& configuration, const Tenant* tenant, const char* status,
                       const char* lower_status) {
  const char* name = field_expression(configuration, Field::status_name);
  const char* tenant_column = field_expression(configuration, Field::status_tenant);
  QueryText query = begin_query(configuration, tenant);
  const int as_asked = add_status(query, configuration, Field::status_name);
  const int in_lower_case = add_status(query, configuration, Field::status_name);
  bind(query, as_asked, status);
  bind(query, in_lower_case, lower_status);
  const char* exact = is_status(configuration, Field::status_name, as_asked);
  const char* lower = is_status(configuration, Field::status_name, in_lower_case);
  query.text = psprintf(
      "SELECT %s AS tenant, %s::pg_catalog.text AS name, %s::pg_catalog.text AS label, "
      "%s::pg_catalog.text AS key, CASE WHEN %s THEN 0 ELSE 2 END "
      "OPERATOR(pg_catalog.+) CASE WHEN %s IS NULL THEN 1 ELSE 0 END AS rank "
      "FROM %s AS status WHERE %s AND (%s OR %s) ORDER BY rank, label, key",
      tenant_column, name, field_expression(configuration, Field::status_label),
      field_expression(configuration, Field::status_key), exact, tenant_column,
      table_name(configuration.table(Table::statuses)), is_of_tenant(configuration), exact, lower);
  return query;
}

QueryText lead_status_query(const Configuration& configuration, const Tenant* tenant,
                            const char* status) {
  QueryText query = begin_query(configuration, tenant);
  bind(query, add_status(query, configuration, Field::lead_status), status);
  const char* tenant_column = field_expression(configuration, Field::lead_tenant);
  query.text = psprintf(
      "SELECT %s FROM %s AS lead WHERE %s OPERATOR(pg_catalog.=) $%d AND %s LIMIT 1", tenant_column,
      table_name(configuration.table(Table::leads)), tenant_column, tenant_parameter(Table::leads),
      is_status(configuration, Field::lead_status, kLeadStatusParameter));
  return query;
}

QueryText time_query(const Configuration& configuration, const Tenant* tenant,
                     const CreationRange& range) {
  constexpr FileColumns kNone{};
  LeadQuery lead = begin_lead_query(configuration, tenant, kNone);
  const char* condition = lead_condition(lead, range);
  const char* created_at = lead.field(Field::lead_created_at);
  lead.query.text = psprintf("SELECT %s, %s FROM %s AS lead WHERE %s ORDER BY %s DESC",
                             lead.field(Field::lead_tenant), created_at, lead.table(Table::leads),
                             condition, created_at);
  return lead.query;
}

QueryText lead_query(const Configuration& configuration, const Tenant* tenant,
                     const FileColumns& columns, const CreationRange& range, CallLookup lookup) {
  LeadQuery lead = begin_lead_query(configuration, tenant, columns);
  lead.query.has_status_name = columns.status_columns != NIL;
  if (lead.query.has_status_name) (void)add_status(lead.query, configuration, Field::status_name);
  lead.condition = lead_condition(lead, range);
  appendStringInfo(
      &lead.text, "SELECT %s, %s", lead.field(Field::lead_tenant),
      columns.call_columns == NIL ? "NULL::pg_catalog.text" : lead.field(Field::call_tenant));
  append_columns(lead);
  appendStringInfo(&lead.text, " FROM %s AS lead", lead.table(Table::leads));
  if (columns.call_columns != NIL && lookup == CallLookup::per_lead) append_call_per_lead(lead);
  if (columns.call_columns != NIL && lookup == CallLookup::at_once) append_calls_at_once(lead);
  if (columns.status_columns != NIL) append_status(lead);
  appendStringInfo(&lead.text, " WHERE %s ORDER BY %s DESC, %s DESC", lead.condition,
                   lead.field(Field::lead_created_at), lead.field(Field::lead_id));
  lead.query.text = lead.text.data;
  return lead.query;
}

void bind_bounds(QueryText& lead_query, CreationBounds bounds) {
  lead_query.values[lead_query.changing - 1] = bounds.from;
  lead_query.values[lead_query.changing] = bounds.to;
}

CreationBounds bounds_of(const QueryText& lead_query) {
  return {lead_query.values[lead_query.changing - 1], lead_query.values[lead_query.changing]};
}

bool is_same_status(const QueryText& left, const QueryText& right) {
  const int last = left.has_status_name ? kStatusNameParameter : kLeadStatusParameter;
  for (int i = kLeadStatusParameter - 1; i < last; ++i) {
    if (left.types[i] != right.types[i] || left.nulls[i] != right.nulls[i]) return false;
    std::int16_t length = 0;
    bool by_value = false;
    get_typlenbyval(left.types[i], &length, &by_value);
    if (!left.nulls[i] && !datum_image_eq(left.values[i], right.values[i], by_value, length))
      return false;
  }
  return true;
}

std::uint32_t hash_of_status(const QueryText& lead_query) {
  const int i = kLeadStatusParameter - 1;
  if (lead_query.nulls[i]) return 0;
  std::int16_t length = 0;
  bool by_value = false;
  get_typlenbyval(lead_query.types[i], &length, &by_value);
  return datum_image_hash(lead_query.values[i], by_value, length);
}

void bind_status(QueryText& lead_query, const char* name, const char* in_leads) {
  bind(lead_query, kLeadStatusParameter, in_leads);
  if (lead_query.has_status_name) bind(lead_query, kStatusNameParameter, name);
}

}  // namespace export_leads
