// Reads the configuration table, and looks up in the catalogs the tables and columns that it names.
#include "pg/setup/configuration.hpp"

#include "pg/setup/column_identity.hpp"
#include "pg/setup/text_array.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/typcache.h"
}

namespace export_leads {

Oid extension_schema(FunctionCallInfo call) { return get_func_namespace(call->flinfo->fn_oid); }

namespace {

// Reads a row of the configuration table. Its columns are looked up by name, since an updated
// database may have them in another order than a new one. A column that the table does not have is
// read as NULL.
struct RowReader {
  HeapTuple row;
  TupleDesc description;
  int place;  // the place after the column that was read last, where the next one probably is

  Datum read(const char* name, bool* is_null) {
    for (int i = 0; i < description->natts; ++i) {
      const int column = (place + i) % description->natts;
      if (std::strcmp(NameStr(TupleDescAttr(description, column)->attname), name) != 0) continue;
      place = column + 1;
      return heap_getattr(row, place, description, is_null);
    }
    *is_null = true;
    return 0;
  }
  Oid read_oid(const char* name) {
    bool is_null = false;
    const Datum value = read(name, &is_null);
    return is_null ? InvalidOid : DatumGetObjectId(value);
  }
  bool read_bool(const char* name, bool otherwise = false) {
    bool is_null = false;
    const Datum value = read(name, &is_null);
    return is_null ? otherwise : DatumGetBool(value);
  }
  const char* read_text(const char* name, const char* otherwise = nullptr) {
    bool is_null = false;
    const Datum value = read(name, &is_null);
    return is_null ? otherwise : TextDatumGetCString(value);
  }
  // Reads at most `count` texts. Those that are missing or NULL in the row stay as they are in
  // `texts`.
  void read_texts(const char* name, const char** texts, int count) {
    bool is_null = false;
    const Datum array = read(name, &is_null);
    if (is_null) return;
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int length = 0;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
                      &nulls, &length);
    for (int i = 0; i < Min(count, length); ++i)
      if (!nulls[i]) texts[i] = TextDatumGetCString(elements[i]);
  }
  List* read_list(const char* name) {
    bool is_null = false;
    const Datum array = read(name, &is_null);
    return is_null ? NIL : text_list(array);
  }
};

void read_table_names(RowReader& reader, Configuration& configuration) {
  const char* names[2 * kTableCount] = {};
  reader.read_texts("table_names", names, 2 * kTableCount);
  for (int i = 0; i < kTableCount; ++i) {
    if (names[2 * i] == nullptr || names[2 * i + 1] == nullptr) continue;
    configuration.schemas[i] = names[2 * i];
    configuration.names[i] = names[2 * i + 1];
  }
}

// The number that is stored under a key; nullptr where none is.
const char* stored_number(const List* stored, const char* key) {
  const std::size_t size = std::strlen(key);
  ListCell* cell = nullptr;
  foreach (cell, stored) {
    const char* entry = static_cast<const char*>(lfirst(cell));
    if (std::strncmp(entry, key, size) == 0 && entry[size] == ' ') return entry + size + 1;
  }
  return nullptr;
}

// Calls `visit` for each column whose number is stored: with its table, its name, and the index of
// its number.
template <typename Visit>
void visit_numbered(const Configuration& configuration, Visit visit) {
  for (const FieldRule& rule : kFields)
    if (rule.field != Field::full_name && configuration.source(rule.field) != nullptr)
      visit(rule.table, configuration.source(rule.field), static_cast<int>(rule.field));
  for (int i = 0; i < kNamePartCount; ++i)
    if (configuration.name_parts[i] != nullptr)
      visit(Table::leads, configuration.name_parts[i], kFieldCount + i);
}

// Replaces the names of columns that were renamed since set-up found them. This is possible in the
// database in which set-up ran, and in a copy of it; whether a copy's table has kept the numbers is
// decided by the majority of its columns.
void follow_columns(RowReader& reader, Configuration& configuration) {
  const char* numbers[kNumberedColumnCount] = {};
  const char* noted = reader.read_text("numbered_in");
  if (noted == nullptr) return;
  const List* stored = reader.read_list("column_numbers");
  for (int place = 0; place < kNumberedColumnCount; ++place)
    numbers[place] = stored_number(stored, numbered_as(place));
  int agreements[kTableCount] = {};
  const bool is_copy = std::strcmp(noted, numbering(configuration.tables, kTableCount)) != 0;
  visit_numbered(configuration, [&](Table table, const char* name, int place) {
    agreements[static_cast<int>(table)] +=
        is_copy ? agreement(configuration.table(table), name, numbers[place]) : 1;
  });
  visit_numbered(configuration, [&](Table table, const char* name, int place) {
    if (agreements[static_cast<int>(table)] <= 0) return;
    const MappedColumn column = mapped_column(configuration.table(table), name, numbers[place]);
    const char* replaced = column.is_replaced ? name : nullptr;
    if (place < kFieldCount) {
      configuration.sources[place] = column.name;
      configuration.replaced[place] = replaced;
    } else {
      configuration.name_parts[place - kFieldCount] = column.name;
      configuration.replaced_parts[place - kFieldCount] = replaced;
    }
  });
}

// Whether full_name is still the expression that set-up built from the name columns, and was not
// changed by hand since.
bool is_made_of_parts(const Configuration& configuration) {
  return !configuration.full_name_given &&
         std::strcmp(configuration.source(Field::full_name),
                     full_name_expression(configuration.name_parts)) == 0;
}

TenantRules read_rules(RowReader& reader) {
  TenantRules rules{};
  rules.session_setting = reader.read_text("session_setting");
  rules.session_tenant = reader.read_text("session_tenant");
  rules.session_required = reader.read_bool("session_required");
  const char* administrators = reader.read_text("session_administrators");
  rules.session_administrators =
      administrators == nullptr ? InvalidOid : get_role_oid(administrators, true);
  rules.grants_required = reader.read_bool("grants_required");
  rules.superusers_exempt = reader.read_bool("superusers_exempt");
  return rules;
}

void read_fields(RowReader& reader, Configuration& configuration) {
  for (const FieldRule& rule : kFields) {
    const char*& source = configuration.sources[static_cast<int>(rule.field)];
    source = reader.read_text(rule.name);
    const bool is_needed =
        rule.required || (rule.field == Field::status_name && configuration.has(Table::statuses));
    if (is_needed && source == nullptr)
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                      errmsg("a configuration needs \"%s\"", rule.name)));
  }
  configuration.full_name_given = reader.read_bool("full_name_given");
  configuration.full_name_functions = reader.read_text("full_name_functions");
  configuration.full_name_reads = reader.read_list("full_name_reads");
  reader.read_texts("name_columns", configuration.name_parts, kNamePartCount);
  const bool is_made = is_made_of_parts(configuration);
  follow_columns(reader, configuration);
  if (is_made)
    configuration.sources[static_cast<int>(Field::full_name)] =
        full_name_expression(configuration.name_parts);
}

void read_tables(RowReader& reader, Oid (&tables)[kTableCount]) {
  for (const Table table : kTables)
    tables[static_cast<int>(table)] = reader.read_oid(kTableNames[static_cast<int>(table)]);
}

RowVersion version_of(HeapTuple row) {
  return {HeapTupleHeaderGetRawXmin(row->t_data), row->t_self};
}

// Calls `use` with the row of the configuration, if there is one.
template <typename Use>
bool read_row(Oid schema, Use use) {
  static_assert(std::is_trivially_destructible_v<Use>);
  const Oid table = get_relname_relid("export_leads_configuration", schema);
  if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION) return false;
  Relation relation = table_open(table, AccessShareLock);
  // Without a snapshot this reads the latest committed row, as for a system catalog.
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  HeapTuple row = systable_getnext(scan);
  const bool found = HeapTupleIsValid(row);
  if (found) use(row, RelationGetDescr(relation));
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return found;
}

Configuration configuration_from_row(HeapTuple row, TupleDesc description) {
  RowReader reader{row, description, 0};
  Configuration configuration{};
  read_tables(reader, configuration.tables);
  read_fields(reader, configuration);
  configuration.rules = read_rules(reader);
  configuration.status_defaults = reader.read_bool("status_defaults");
  configuration.time_zone = reader.read_text("time_zone", "UTC");
  configuration.shown_time_zone = reader.read_text("shown_time_zone");
  configuration.right_to_left = reader.read_bool("right_to_left", true);
  read_table_names(reader, configuration);
  return configuration;
}

}  // namespace

const char* numbered_as(int place) {
  return place < kFieldCount ? kFields[place].name : psprintf("full_name/%d", place - kFieldCount);
}

const char* full_name_expression(const char* const* parts) {
  constexpr int kWholeNames = 2;
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfoString(&text, "COALESCE(");
  for (int i = 0; i < kWholeNames; ++i)
    if (parts[i] != nullptr)
      appendStringInfo(&text, "NULLIF(lead.%s, ''), ", quote_identifier(parts[i]));
  if (parts[2] != nullptr || parts[3] != nullptr) {
    appendStringInfoString(&text, "NULLIF(concat_ws(' '");
    for (int i = kWholeNames; i < kNamePartCount; ++i)
      if (parts[i] != nullptr)
        appendStringInfo(&text, ", NULLIF(lead.%s, '')", quote_identifier(parts[i]));
    appendStringInfoString(&text, "), ''), ");
  }
  appendStringInfoString(&text, "'ללא שם')");
  return text.data;
}

Configuration configuration_argument(HeapTupleHeader header) {
  TupleDesc description =
      lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
  HeapTupleData row{};
  row.t_len = HeapTupleHeaderGetDatumLength(header);
  row.t_data = header;
  const Configuration configuration = configuration_from_row(&row, description);
  ReleaseTupleDesc(description);
  return configuration;
}

bool read_configuration(Oid schema, Configuration* configuration) {
  return read_row(schema, [&](HeapTuple row, TupleDesc description) {
    *configuration = configuration_from_row(row, description);
    configuration->version = version_of(row);
  });
}

bool read_configured_tables(Oid schema, ConfiguredTables* configured) {
  return read_row(schema, [&](HeapTuple row, TupleDesc description) {
    RowReader reader{row, description, 0};
    read_tables(reader, configured->tables);
    configured->version = version_of(row);
  });
}

bool is_same(const RowVersion& left, const RowVersion& right) {
  ItemPointerData place = left.place;
  ItemPointerData other = right.place;
  return left.written_by == right.written_by && ItemPointerEquals(&place, &other);
}

const char* table_name(Oid table) {
  const char* name = get_rel_name(table);
  if (name == nullptr) return psprintf("%u", table);
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name);
}

}  // namespace export_leads
