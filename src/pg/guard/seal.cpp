// Describes the set-up by names, and seals with the key that set-up has given to all nodes.
#include "pg/guard/seal.hpp"

#include "pg/guard/finding.hpp"
#include "pg/setup/file_columns.hpp"

extern "C" {
#include "common/hmac.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

static_assert(kSealSize == PG_SHA256_DIGEST_LENGTH);

// Each text with its length, so that two lists of texts are never the same bytes.
void put(StringInfo all, const char* text) {
  if (text == nullptr)
    appendStringInfoString(all, "-,");
  else
    appendStringInfo(all, "%zu:%s,", std::strlen(text), text);
}

void put(StringInfo all, bool value) { put(all, value ? "true" : "false"); }

void put_rules(StringInfo all, const TenantRules& rules) {
  put(all, rules.session_setting);
  put(all, rules.session_tenant);
  put(all, rules.session_required);
  put(all, OidIsValid(rules.session_administrators)
               ? GetUserNameFromId(rules.session_administrators, true)
               : nullptr);
  put(all, rules.grants_required);
  put(all, rules.superusers_exempt);
}

void put_columns(StringInfo all, const FileColumns& columns) {
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& column = columns.columns[i];
    put(all, column.name);
    put(all, column.header);
    put(all, column.expression);
  }
}

[[noreturn]] void raise_no_key() {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("set-up has not run since the tables were distributed"),
                  errhint("Run set-up on the coordinator: %s", run_setup())));
  pg_unreachable();
}

}  // namespace

const char* cluster_key(Oid extension_schema) {
  const Oid table = get_relname_relid("export_leads_cluster", extension_schema);
  if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION) return nullptr;
  Relation cluster = table_open(table, AccessShareLock);
  SysScanDesc scan = systable_beginscan(cluster, InvalidOid, false, nullptr, 0, nullptr);
  const char* key = nullptr;
  HeapTuple row = systable_getnext(scan);
  if (HeapTupleIsValid(row)) {
    bool is_null = false;
    key = TextDatumGetCString(heap_getattr(row, 2, RelationGetDescr(cluster), &is_null));
  }
  systable_endscan(scan);
  table_close(cluster, AccessShareLock);
  return key;
}

const char* describe_setup(const Configuration& configuration, Oid extension_schema) {
  StringInfoData all;
  initStringInfo(&all);
  put(&all, EXPORT_LEADS_VERSION);
  for (const Table table : kTables)
    put(&all, configuration.has(table) ? table_name(configuration.table(table)) : nullptr);
  for (const char* source : configuration.sources) put(&all, source);
  put(&all, configuration.status_defaults);
  put(&all, configuration.time_zone);
  put(&all, configuration.shown_time_zone);
  put(&all, configuration.right_to_left);
  put_rules(&all, configuration.rules);
  put_columns(&all, all_columns(configuration, extension_schema));
  return all.data;
}

Seal seal_of(const Configuration& configuration, Oid extension_schema, const char* const* texts,
             int count) {
  const char* key = cluster_key(extension_schema);
  if (key == nullptr) raise_no_key();
  StringInfoData all;
  initStringInfo(&all);
  put(&all, describe_setup(configuration, extension_schema));
  for (int i = 0; i < count; ++i) put(&all, texts[i]);
  Seal seal{};
  pg_hmac_ctx* context = pg_hmac_create(PG_SHA256);
  const auto bytes = [](const char* text) { return reinterpret_cast<const uint8*>(text); };
  if (context == nullptr || pg_hmac_init(context, bytes(key), std::strlen(key)) < 0 ||
      pg_hmac_update(context, bytes(all.data), static_cast<std::size_t>(all.len)) < 0 ||
      pg_hmac_final(context, seal.bytes, kSealSize) < 0)
    elog(ERROR, "could not compute an HMAC");
  pg_hmac_free(context);
  return seal;
}

bool is_same(const Seal& left, const Seal& right) {
  unsigned char differences = 0;
  for (int i = 0; i < kSealSize; ++i)
    differences = static_cast<unsigned char>(differences | (left.bytes[i] ^ right.bytes[i]));
  return differences == 0;
}

}  // namespace export_leads
