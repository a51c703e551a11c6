// What export_leads_setup() decided: which tables and columns hold the leads, their statuses and
// their calls.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The three tables, in the order in which they are locked.
enum class Table { leads, statuses, calls };
inline constexpr int kTableCount = 3;
inline constexpr Table kTables[kTableCount] = {Table::leads, Table::statuses, Table::calls};
inline constexpr const char* kTableNames[kTableCount] = {"leads", "statuses", "calls"};

/// What the tables' columns mean.
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

/// A field's name, which is that of its column in the configuration table and of its argument of
/// set-up, and the table it is read from. full_name alone is an SQL expression over the lead, not a
/// column.
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

/// The columns of a lead that its full name is made of where no expression was given, the likeliest
/// first: the name as a whole, twice, and its two parts.
inline constexpr int kNamePartCount = 4;

/// The columns whose numbers are kept: of the fields in their order (0 for full_name), then of what
/// full_name is made of.
inline constexpr int kNumberedColumnCount = kFieldCount + kNamePartCount;

/// Who may ask for which tenant, beyond EXECUTE on the function.
struct TenantRules {
  const char* session_setting;  ///< the setting that holds the session's tenant, or nullptr
  const char* session_tenant;   ///< the expression that says it instead, or nullptr
  bool session_required;        ///< whether a session without a tenant is refused
  Oid session_administrators;   ///< the role whose members may do without; InvalidOid for none
  bool grants_required;         ///< whether a caller needs a row in export_leads_grants
  bool superusers_exempt;       ///< whether superusers need none
};

/// Which version of the configuration was read.
struct RowVersion {
  TransactionId written_by;
  ItemPointerData place;
};

struct Configuration {
  RowVersion version;  ///< zeros for one that is not stored
  Oid tables[kTableCount];
  TenantRules rules;
  /// What the columns are called now; nullptr where the site has no such column.
  const char* sources[kFieldCount];
  /// What a column was called when set-up found it, where that is another column's name now.
  const char* replaced[kFieldCount];
  const char* name_parts[kNamePartCount];      ///< what full_name is made of, likewise
  const char* replaced_parts[kNamePartCount];  ///< likewise
  bool full_name_given;   ///< whether full_name is an expression of the site's own
  bool status_defaults;   ///< whether statuses without a tenant are every tenant's
  const char* time_zone;  ///< that a lead's creation is in, where its column has none of its own
  const char* shown_time_zone;  ///< that users see times in; nullptr where times stay as they are
  bool right_to_left;           ///< the direction of a workbook's sheet
  List* full_name_reads;        ///< the columns that a given full_name reads; see FileColumn
  const char* full_name_functions;  ///< what full_name's functions did; nullptr where not held
  /// Under which schema and name set-up found each table; nullptr where that is not kept.
  const char* schemas[kTableCount];
  const char* names[kTableCount];

  Oid table(Table which) const { return tables[static_cast<int>(which)]; }
  /// A site may have no table of statuses.
  bool has(Table which) const { return OidIsValid(table(which)); }
  const char* source(Field field) const { return sources[static_cast<int>(field)]; }
  /// The zone that a day or a time without an offset is in, where a user names it.
  const char* user_time_zone() const {
    return shown_time_zone == nullptr ? time_zone : shown_time_zone;
  }
};
static_assert(std::is_trivially_destructible_v<Configuration>);

/// The field that holds a table's tenant.
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

/// The schema the extension lives in: that of the function which is being called.
Oid extension_schema(FunctionCallInfo call);

/// Reads the configuration, whoever calls: its owner's privileges are not the caller's.
/// Returns false where set-up was never run, or the extension's own table is gone.
bool read_configuration(Oid schema, Configuration* configuration);

/// Whether two readings found the same.
bool is_same(const Configuration& left, const Configuration& right);

/// The same out of an argument: a row of the configuration table that is not stored (yet).
Configuration configuration_argument(HeapTupleHeader header);

/// The expression of a lead's full name over its columns, of which any may be nullptr: its name,
/// else its first and last name, else what there is of them, else a word that says there is none.
const char* full_name_expression(const char* const* parts);

/// A table's name, qualified and quoted; the OID as text where the table is gone.
const char* table_name(Oid table);

}  // namespace export_leads
