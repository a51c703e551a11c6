// Knows the standard columns, reads the site's own from export_leads_columns, and selects by name.
#include "pg/setup/file_columns.hpp"

#include "pg/setup/text_array.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "nodes/value.h"
}

namespace export_leads {
namespace {

struct StandardColumn {
  const char* name;
  std::uint32_t width;
  ColumnSource source;
  Field field;  // for an expression
};

constexpr StandardColumn kStandardColumns[] = {
    {"status_id", 12, ColumnSource::status_name, {}},
    {"status_name", 16, ColumnSource::status_label, {}},
    {"lead_id", 12, ColumnSource::expression, Field::lead_id},
    {"full_name", 24, ColumnSource::expression, Field::full_name},
    {"phone", 18, ColumnSource::expression, Field::phone},
    {"email", 28, ColumnSource::expression, Field::email},
    {"created_at", 20, ColumnSource::expression, Field::lead_created_at},
    {"last_call_at", 20, ColumnSource::expression, Field::call_created_at},
    {"last_call_status", 18, ColumnSource::expression, Field::call_status},
    {"source", 14, ColumnSource::expression, Field::source},
    {"notes", 60, ColumnSource::expression, Field::notes},
};
constexpr std::uint32_t kSiteColumnWidth = 20;
constexpr int kStandardCount = static_cast<int>(lengthof(kStandardColumns));

// A column, and the columns of the latest call and the status that its expression reads.
struct KnownColumn {
  FileColumn column;
  List* call_columns;
  List* status_columns;
};

struct KnownColumns {
  KnownColumn* columns;  // the standard columns first
  int count;
};

bool is_timestamp(const Configuration& configuration, Field field) {
  const Oid table = configuration.table(kFields[static_cast<int>(field)].table);
  const AttrNumber number = get_attnum(table, configuration.source(field));
  return number > InvalidAttrNumber && getBaseType(get_atttype(table, number)) == TIMESTAMPOID;
}

// A time as users see it. A timestamp without a time zone is converted from the site's time zone to
// theirs; a timestamptz is already printed in the export's time zone.
const char* shown_time(const Configuration& configuration, Field field) {
  const char* stored = field_expression(configuration, field);
  if (configuration.shown_time_zone == nullptr || !is_timestamp(configuration, field))
    return stored;
  return psprintf(
      "pg_catalog.timezone(%s::pg_catalog.text, pg_catalog.timezone(%s::pg_catalog.text, "
      "%s::pg_catalog.timestamp))",
      quote_literal_cstr(configuration.shown_time_zone),
      quote_literal_cstr(configuration.time_zone), stored);
}

KnownColumn standard_column(const Configuration& configuration, const StandardColumn& standard) {
  KnownColumn known{};
  known.column = {
      standard.name, standard.name, standard.width, standard.source, nullptr, nullptr, NIL};
  if (standard.source != ColumnSource::expression) return known;
  const bool is_time =
      standard.field == Field::lead_created_at || standard.field == Field::call_created_at;
  known.column.expression = is_time ? shown_time(configuration, standard.field)
                                    : field_expression(configuration, standard.field);
  if (standard.field == Field::full_name) {
    known.column.functions = configuration.full_name_functions;
    known.column.reads = configuration.full_name_reads;
  }
  const char* source = configuration.source(standard.field);
  if (kFields[static_cast<int>(standard.field)].table == Table::calls && source != nullptr)
    known.call_columns = list_make1(const_cast<char*>(source));
  return known;
}

KnownColumn* find_column(KnownColumns& known, const char* name) {
  for (int i = 0; i < known.count; ++i)
    if (std::strcmp(known.columns[i].column.name, name) == 0) return &known.columns[i];
  return nullptr;
}

bool comes_before(const KnownColumns& known, int index) {
  return std::strcmp(known.columns[index].column.name, known.columns[index - 1].column.name) < 0;
}

// Adds a row of export_leads_columns: a column of the site's own, or another header for a standard
// column.
void add_site_column(KnownColumns& known, HeapTuple row, TupleDesc description) {
  enum { kName = 1, kHeader, kExpression, kCallColumns, kStatusColumns, kFunctions, kReads };
  bool is_null = false;
  const char* name = TextDatumGetCString(heap_getattr(row, kName, description, &is_null));
  const Datum header = heap_getattr(row, kHeader, description, &is_null);
  const char* header_text = is_null ? name : TextDatumGetCString(header);
  const Datum expression = heap_getattr(row, kExpression, description, &is_null);
  if (is_null) {
    KnownColumn* standard = find_column(known, name);
    if (standard != nullptr) standard->column.header = header_text;
    return;
  }
  known.columns = static_cast<KnownColumn*>(
      repalloc(known.columns, sizeof(KnownColumn) * static_cast<std::size_t>(known.count + 1)));
  known.columns[known.count++] = {
      {name, header_text, kSiteColumnWidth, ColumnSource::expression,
       TextDatumGetCString(expression),
       TextDatumGetCString(heap_getattr(row, kFunctions, description, &is_null)),
       description->natts < kReads ? NIL
                                   : text_list(heap_getattr(row, kReads, description, &is_null))},
      text_list(heap_getattr(row, kCallColumns, description, &is_null)),
      text_list(heap_getattr(row, kStatusColumns, description, &is_null))};
  // Sorted by name, since a table has no order of rows.
  for (int i = known.count - 1; i > kStandardCount && comes_before(known, i); --i)
    std::swap(known.columns[i], known.columns[i - 1]);
}

// Reads export_leads_columns. The caller needs no privilege on it.
void add_site_columns(KnownColumns& known, Oid extension_schema) {
  const Oid table = get_relname_relid("export_leads_columns", extension_schema);
  if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION) return;
  Relation relation = table_open(table, AccessShareLock);
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  for (HeapTuple row = systable_getnext(scan); HeapTupleIsValid(row); row = systable_getnext(scan))
    add_site_column(known, row, RelationGetDescr(relation));
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
}

KnownColumns read_columns(const Configuration& configuration, Oid extension_schema) {
  KnownColumns known{
      static_cast<KnownColumn*>(palloc(sizeof(KnownColumn) * lengthof(kStandardColumns))), 0};
  for (const StandardColumn& standard : kStandardColumns)
    known.columns[known.count++] = standard_column(configuration, standard);
  add_site_columns(known, extension_schema);
  return known;
}

FileColumns make_selection(int capacity) {
  FileColumns selection{};
  selection.columns = static_cast<FileColumn*>(
      palloc(sizeof(FileColumn) * static_cast<std::size_t>(Max(capacity, 1))));
  return selection;
}

List* unite_names(List* names, const List* more) {
  ListCell* cell = nullptr;
  foreach (cell, more) names = add_name(names, static_cast<const char*>(lfirst(cell)));
  return names;
}

void select(FileColumns& selection, const KnownColumn& known) {
  selection.columns[selection.count++] = known.column;
  selection.call_columns = unite_names(selection.call_columns, known.call_columns);
  selection.status_columns = unite_names(selection.status_columns, known.status_columns);
}

bool is_selected(const FileColumns& selection, const char* name) {
  for (int i = 0; i < selection.count; ++i)
    if (std::strcmp(selection.columns[i].name, name) == 0) return true;
  return false;
}

// A name, cut to a length that fits into a message.
const char* shown(const char* name) {
  const int size = static_cast<int>(std::strlen(name));
  return pnstrdup(name, static_cast<Size>(pg_mbcliplen(name, size, NAMEDATALEN)));
}

[[noreturn]] void raise_selection(const KnownColumns& known, const char* problem) {
  StringInfoData list;
  initStringInfo(&list);
  for (int i = 0; i < known.count; ++i)
    appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", known.columns[i].column.name);
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem),
                  errhint("The columns are: %s.", list.data)));
  pg_unreachable();
}

}  // namespace

List* add_name(List* names, const char* name) {
  ListCell* cell = nullptr;
  foreach (cell, names)
    if (std::strcmp(static_cast<const char*>(lfirst(cell)), name) == 0) return names;
  return lappend(names, const_cast<char*>(name));
}

const char* field_expression(const Configuration& configuration, Field field) {
  const FieldRule& rule = kFields[static_cast<int>(field)];
  const char* source = configuration.source(field);
  if (source == nullptr) return "NULL::pg_catalog.text";
  if (field == Field::full_name) return source;
  constexpr const char* kAliases[kTableCount] = {"lead", "status", "call"};
  return psprintf("%s.%s", kAliases[static_cast<int>(rule.table)], quote_identifier(source));
}

FileColumns all_columns(const Configuration& configuration, Oid extension_schema) {
  const KnownColumns known = read_columns(configuration, extension_schema);
  FileColumns selection = make_selection(known.count);
  for (int i = 0; i < known.count; ++i) select(selection, known.columns[i]);
  return selection;
}

FileColumns select_columns(const Configuration& configuration, Oid extension_schema,
                           ColumnNames names) {
  KnownColumns known = read_columns(configuration, extension_schema);
  if (names.names == nullptr) {
    FileColumns standard = make_selection(kStandardCount);
    for (int i = 0; i < kStandardCount; ++i) select(standard, known.columns[i]);
    return standard;
  }
  if (names.count == 0) raise_selection(known, "columns must not be empty");
  FileColumns selection = make_selection(Min(names.count, known.count));
  for (int i = 0; i < names.count; ++i) {
    const KnownColumn* column = find_column(known, names.names[i]);
    if (column == nullptr)
      raise_selection(known, psprintf("unknown column \"%s\"", shown(names.names[i])));
    if (is_selected(selection, names.names[i]))
      raise_selection(known, psprintf("column \"%s\" is given twice", names.names[i]));
    select(selection, *column);
  }
  return selection;
}

}  // namespace export_leads
