// What export_leads_setup() decided: which tables and columns hold the leads, their statuses and
// their calls, and the rules of an export.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The three tables, in the order in which they are locked.
enum class Table { leads, statuses, calls };
inline constexpr int kTableCount = 3;
inline constexpr Table kTables[kTableCount] = {Table::leads, Table::statuses, Table::calls};
inline constexpr const char* kTableNames[kTableCount] = {"leads", "statuses", "calls"};

/// The meanings that a column of the three tables can have.
enum class Field {
  lead_id,
  lead_tenant,
  lead_status,
  full_name,
  phone,
  email,
  lead_created_at,
  source,
  notes,
  status_tenant,
  status_name,
  status_label,
  status_key,
  call_id,
  call_tenant,
  call_lead_id,
  call_created_at,
  call_status,
};
inline constexpr int kFieldCount = 18;

/// Describes a field: its name, which is also the name of its column in the configuration table and
/// of its argument of export_leads_setup(), and the table that it is read from. Every field is a
/// column of that table, except full_name, which is an SQL expression over the lead.
struct FieldRule {
  Field field;
  const char* name;
  Table table;
  bool required;
};
inline constexpr FieldRule kFields[kFieldCount] = {
    {Field::lead_id, "lead_id", Table::leads, true},
    {Field::lead_tenant, "lead_tenant", Table::leads, true},
    {Field::lead_status, "lead_status", Table::leads, true},
    {Field::full_name, "full_name", Table::leads, true},
    {Field::phone, "phone", Table::leads, false},
    {Field::email, "email", Table::leads, false},
    {Field::lead_created_at, "lead_created_at", Table::leads, true},
    {Field::source, "source", Table::leads, false},
    {Field::notes, "notes", Table::leads, false},
    {Field::status_tenant, "status_tenant", Table::statuses, false},
    {Field::status_name, "status_name", Table::statuses, false},
    {Field::status_label, "status_label", Table::statuses, false},
    {Field::status_key, "status_key", Table::statuses, false},
    {Field::call_id, "call_id", Table::calls, true},
    {Field::call_tenant, "call_tenant", Table::calls, true},
    {Field::call_lead_id, "call_lead_id", Table::calls, true},
    {Field::call_created_at, "call_created_at", Table::calls, true},
    {Field::call_status, "call_status", Table::calls, false},
};

/// How many columns of a lead set-up may build the full name from where no expression was given, in
/// the order in which they are tried: two columns that may hold the whole name, the first name and
/// the last name.
inline constexpr int kNamePartCount = 4;

/// How many column numbers are stored: one for each field in their order (none for full_name), then
/// one for each column that full_name is built from.
inline constexpr int kNumberedColumnCount = kFieldCount + kNamePartCount;

/// The key under which the number of the column at `place`, one of kNumberedColumnCount, is stored:
/// the field's name, or full_name/0 and so on.
const char* numbered_as(int place);

/// The site's rules on who may export which tenant, in addition to EXECUTE on the function.
struct TenantRules {
  const char* session_setting;  ///< the setting that holds the session's tenant, or nullptr
  const char* session_tenant;   ///< the expression that returns the session's tenant, or nullptr
  bool session_required;        ///< whether a session without a tenant is refused
  Oid session_administrators;   ///< the role whose members may export without one, or InvalidOid
  bool grants_required;         ///< whether a caller needs a row in export_leads_grants
  bool superusers_exempt;       ///< whether superusers do not need such a row
};

/// Identifies the version of the configuration's row that was read.
struct RowVersion {
  TransactionId written_by;
  ItemPointerData place;
};

struct Configuration {
  RowVersion version;  ///< zero where the row is not stored
  Oid tables[kTableCount];
  /// Whether Citus keeps a table's rows in shards. Then either the table is the distributed one, an
  /// empty shell, or its shard of one tenant, and `shells` has the distributed one: see
  /// open_setup().
  bool in_shards[kTableCount];
  Oid shells[kTableCount];
  TenantRules rules;
  /// The current name of each field's column, or the expression of full_name; nullptr where the
  /// site has none.
  const char* sources[kFieldCount];
  /// The column's name when set-up found it, where another column has that name now; else nullptr.
  const char* replaced[kFieldCount];
  /// The current names of the columns that full_name is built from; nullptr where there is none.
  const char* name_parts[kNamePartCount];
  /// The former names of those columns, where other columns have these names now; else nullptr.
  const char* replaced_parts[kNamePartCount];
  bool full_name_given;         ///< whether the site gave the expression of full_name
  bool status_defaults;         ///< whether a status without a tenant belongs to every tenant
  const char* time_zone;        ///< the time zone of created_at columns without one
  const char* shown_time_zone;  ///< the time zone that users see; nullptr leaves times as they are
  bool right_to_left;           ///< whether a workbook's sheet is laid out from right to left
  List* full_name_reads;        ///< the columns that a given full_name reads: see FileColumn::reads
  const char* full_name_functions;  ///< see FileColumn::functions
  /// The schema and name under which set-up found each table; nullptr where they are not stored.
  const char* schemas[kTableCount];
  const char* names[kTableCount];

  Oid table(Table which) const { return tables[static_cast<int>(which)]; }
  /// Whether the site has this table: it may have no table of statuses.
  bool has(Table which) const { return OidIsValid(table(which)); }
  bool is_in_shards(Table which) const { return in_shards[static_cast<int>(which)]; }
  bool is_any_in_shards() const { return in_shards[0] || in_shards[1] || in_shards[2]; }
  bool is_shard(Table which) const { return OidIsValid(shells[static_cast<int>(which)]); }
  /// The table that SQL changes, on the coordinator, so that Citus changes its shards.
  Oid changed_table(Table which) const {
    return is_shard(which) ? shells[static_cast<int>(which)] : table(which);
  }
  const char* source(Field field) const { return sources[static_cast<int>(field)]; }
  /// The time zone of a day, or of a time without an offset, that a user enters.
  const char* user_time_zone() const {
    return shown_time_zone == nullptr ? time_zone : shown_time_zone;
  }
};
static_assert(std::is_trivially_destructible_v<Configuration>);

/// The field that holds the tenant of a table's rows.
constexpr Field tenant_field(Table table) {
  switch (table) {
    case Table::statuses:
      return Field::status_tenant;
    case Table::calls:
      return Field::call_tenant;
    default:
      return Field::lead_tenant;
  }
}

/// The schema of the extension, which is that of the function being called.
Oid extension_schema(FunctionCallInfo call);

/// Reads the configuration. The caller needs no privilege on its table. Returns false where set-up
/// never ran, or where the extension's own table is gone. Raises 22004 where the row lacks a
/// required field.
bool read_configuration(Oid schema, Configuration* configuration);

/// What read_configuration() reads first: the row's version, and the tables that it names.
struct ConfiguredTables {
  RowVersion version;
  Oid tables[kTableCount];
};

/// Reads these alone, in a tenth of the time. Returns what read_configuration() does.
bool read_configured_tables(Oid schema, ConfiguredTables* configured);

/// Whether two readings returned the same version of the row.
bool is_same(const RowVersion& left, const RowVersion& right);

/// Reads a configuration from a function's argument: a row of the configuration table, which need
/// not be stored yet. Raises 22004 where the row lacks a required field.
Configuration configuration_argument(HeapTupleHeader header);

/// SQL for a lead's full name. `parts` are the names of kNamePartCount columns, each of which may
/// be nullptr: the first whole name that is not empty, else the first and last name joined, else a
/// text for "no name".
const char* full_name_expression(const char* const* parts);

/// A table's name, qualified and quoted; its OID as text where the table is gone.
const char* table_name(Oid table);

}  // namespace export_leads
