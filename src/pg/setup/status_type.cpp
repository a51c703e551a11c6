// Looks up the types of status columns, and reads statuses with the types' input functions.
#include "pg/setup/status_type.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_operator.h"
#include "commands/extension.h"
#include "utils/typcache.h"
}

namespace export_leads {
namespace {

struct ColumnType {
  Oid declared;
  Oid base;
  Oid collation;
};

ColumnType column_type(Oid table, const char* column) {
  ColumnType type{};
  const AttrNumber number = column == nullptr ? InvalidAttrNumber : get_attnum(table, column);
  if (number <= InvalidAttrNumber) return type;
  int32 modifier = -1;
  get_atttypetypmodcoll(table, number, &type.declared, &modifier, &type.collation);
  type.base = getBaseType(type.declared);
  return type;
}

struct TypeName {
  const char* name;
  Oid schema;
};

TypeName type_name(Oid type) {
  HeapTuple row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for type %u", type);
  const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(row));
  const TypeName name{pstrdup(NameStr(form->typname)), form->typnamespace};
  ReleaseSysCache(row);
  return name;
}

bool is_citext(Oid type) {
  if (std::strcmp(type_name(type).name, "citext") != 0) return false;
  const Oid extension = getExtensionOfObject(TypeRelationId, type);
  const char* name = OidIsValid(extension) ? get_extension_name(extension) : nullptr;
  return name != nullptr && std::strcmp(name, "citext") == 0;
}

// The equality operator of a type. That of citext is in the schema in which citext was created.
const char* equality(Oid type) {
  const Oid schema =
      OidIsValid(type) && is_citext(type) ? type_name(type).schema : Oid{PG_CATALOG_NAMESPACE};
  return psprintf("OPERATOR(%s.=)", quote_identifier(get_namespace_name(schema)));
}

// Reads a status. Returns false unless PostgreSQL prints the value with the same text, so that no
// other spelling is taken for this status.
bool read_as_printed(Oid type, const char* status, Datum* value) {
  Oid input = InvalidOid;
  Oid parameter = InvalidOid;
  getTypeInputInfo(type, &input, &parameter);
  *value = OidInputFunctionCall(input, const_cast<char*>(status), parameter, -1);
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(type, &output, &is_varlena);
  return std::strcmp(OidOutputFunctionCall(output, *value), status) == 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the text is a number within the type's range, so that the input function raises no error.
bool is_integer(Oid type, const char* status) {
  const bool is_negative = *status == '-';
  const char* digits = is_negative ? status + 1 : status;
  if (*digits == '\0') return false;
  const std::int64_t least = type == INT8OID   ? PG_INT64_MIN
                             : type == INT4OID ? PG_INT32_MIN
                                               : PG_INT16_MIN;
  // Computed with negative numbers, of which there is one more than of positive ones.
  std::int64_t number = 0;
  for (const char* c = digits; *c != '\0'; ++c) {
    const std::int64_t digit = *c - '0';
    if (!is_digit(*c) || number < (least + digit) / 10) return false;
    number = number * 10 - digit;
  }
  return is_negative || number != least;
}

bool is_uuid(const char* status) {
  constexpr std::size_t kLength = 36;
  if (std::strlen(status) != kLength) return false;
  for (std::size_t i = 0; i < kLength; ++i) {
    const char c = status[i];
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

bool is_label(Oid type, const char* status) {
  return std::strlen(status) < NAMEDATALEN &&
         SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(status));
}

}  // namespace

Oid status_type(Oid table, const char* column) {
  const Oid type = column_type(table, column).base;
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
      return TEXTOID;
    case BPCHAROID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case UUIDOID:
      return type;
    default:
      return OidIsValid(type) && (type_is_enum(type) || is_citext(type)) ? type : InvalidOid;
  }
}

const char* status_family(Oid table, const char* column) {
  const Oid type = status_type(table, column);
  switch (type) {
    case InvalidOid:
      return nullptr;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return "integer";
    case UUIDOID:
      return "uuid";
    default:
      return type_is_enum(type) ? format_type_be_qualified(type) : "text";
  }
}

Oid status_schema(Oid table, const char* column) {
  const ColumnType type = column_type(table, column);
  if (!OidIsValid(type.base)) return InvalidOid;
  const Oid schema = type_name(type.base).schema;
  const bool is_named = type.declared != type.base || is_citext(type.base);
  return is_named && schema != PG_CATALOG_NAMESPACE ? schema : InvalidOid;
}

const char* equals_status(Oid table, const char* column, const char* expression, int parameter) {
  const ColumnType type = column_type(table, column);
  const Oid compared = status_type(table, column);
  const char* cast =
      type.declared == compared || !OidIsValid(compared)
          ? ""
          : psprintf("::%s", compared == BPCHAROID ? "pg_catalog.bpchar"
                                                   : format_type_be_qualified(compared));
  const bool is_plain =
      !OidIsValid(type.collation) || get_collation_isdeterministic(type.collation);
  return psprintf("%s%s%s %s $%d", expression, cast, is_plain ? "" : " COLLATE pg_catalog.\"C\"",
                  equality(compared), parameter);
}

bool ignores_case(Oid type) { return OidIsValid(type) && is_citext(type); }

bool read_status(Oid type, const char* status, Datum* value) {
  switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return is_integer(type, status) && read_as_printed(type, status, value);
    case UUIDOID:
      return is_uuid(status) && read_as_printed(type, status, value);
    default:
      return (!type_is_enum(type) || is_label(type, status)) &&
             read_as_printed(type, status, value);
  }
}

}  // namespace export_leads
