// Looks a column's type up, and that in the list of the types.
#include "pg/setup/tenant_type.hpp"

namespace export_leads {
namespace {

struct TenantType {
  Oid type;
  const char* name;
  bool is_integer;
};

constexpr TenantType kTenantTypes[] = {
    {INT2OID, "int2", true},  {INT4OID, "int4", true},  {INT8OID, "int8", true},
    {UUIDOID, "uuid", false}, {TEXTOID, "text", false},
};

const TenantType* find_type(Oid type) {
  for (const TenantType& known : kTenantTypes)
    if (known.type == type) return &known;
  return nullptr;
}

}  // namespace

Oid tenant_type(Oid table, const char* column) {
  const AttrNumber number = column == nullptr ? InvalidAttrNumber : get_attnum(table, column);
  if (number <= InvalidAttrNumber) return InvalidOid;
  Oid type = InvalidOid;
  int32 modifier = -1;
  Oid collation = InvalidOid;
  get_atttypetypmodcoll(table, number, &type, &modifier, &collation);
  type = getBaseType(type);
  if (type == VARCHAROID) type = TEXTOID;
  if (type == TEXTOID && !get_collation_isdeterministic(collation)) return InvalidOid;
  return find_type(type) == nullptr ? InvalidOid : type;
}

const char* tenant_type_name(Oid type) { return find_type(type)->name; }

bool tells_alike(Oid type, Oid other) {
  if (type == other) return true;
  const TenantType* left = find_type(type);
  const TenantType* right = find_type(other);
  return left != nullptr && right != nullptr && left->is_integer && right->is_integer;
}

}  // namespace export_leads
