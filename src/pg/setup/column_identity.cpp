// Looks up columns by number and by name.
#include "pg/setup/column_identity.hpp"

extern "C" {
#include "access/xlog.h"
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

// The current name of a column; nullptr where it was dropped.
const char* name_of(Oid table, AttrNumber number) {
  HeapTuple row = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(number));
  if (!HeapTupleIsValid(row)) return nullptr;
  const auto* column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row));
  const char* name = column->attisdropped ? nullptr : pstrdup(NameStr(column->attname));
  ReleaseSysCache(row);
  return name;
}

// How many columns a table has ever had, including dropped ones.
int count_columns(Oid table) {
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row)) return 0;
  const int count = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->relnatts;
  ReleaseSysCache(row);
  return count;
}

}  // namespace

const char* column_number(Oid table, const char* name) {
  if (name == nullptr) return nullptr;
  return psprintf("%d/%d %s", get_attnum(table, name), count_columns(table), name);
}

MappedColumn mapped_column(Oid table, const char* name, const char* number) {
  const char* numbered = number == nullptr ? nullptr : std::strchr(number, ' ');
  if (numbered == nullptr || std::strcmp(numbered + 1, name) != 0) return {name, false};
  const AttrNumber named = get_attnum(table, name);
  const char* now = name_of(table, static_cast<AttrNumber>(std::atoi(number)));
  if (now != nullptr) return {now, std::strcmp(now, name) != 0 && named > InvalidAttrNumber};
  const char* count = std::strchr(number, '/');
  return {name, named > InvalidAttrNumber && count != nullptr && named <= std::atoi(count + 1)};
}

int agreement(Oid table, const char* name, const char* number) {
  constexpr int kNever = -1000;
  const char* count = number == nullptr ? nullptr : std::strchr(number, '/');
  if (count == nullptr || count_columns(table) < std::atoi(count + 1)) return kNever;
  const char* now = name_of(table, static_cast<AttrNumber>(std::atoi(number)));
  return now != nullptr && std::strcmp(now, name) == 0 ? 1 : -1;
}

const char* numbering(const Oid* tables, int count) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, UINT64_FORMAT "/%u", GetSystemIdentifier(), MyDatabaseId);
  for (int i = 0; i < count; ++i) appendStringInfo(&text, "/%u", tables[i]);
  return text.data;
}

}  // namespace export_leads
