// _export_leads_as_owner(relation, command): runs one ALTER TABLE or ALTER POLICY as the owner of a
// table. Raises 42501 unless the caller has the owner's privileges, and 42601 for any other
// command.
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/table_owner.hpp"

extern "C" {
#include "executor/spi.h"

PG_FUNCTION_INFO_V1(export_leads_as_owner);
}

namespace export_leads {
namespace {

bool is_allowed(const char* command) {
  const List* parsed = pg_parse_query(command);
  if (list_length(parsed) != 1) return false;
  const Node* statement = linitial_node(RawStmt, parsed)->stmt;
  return IsA(statement, AlterTableStmt) || IsA(statement, AlterPolicyStmt);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_as_owner(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  const Oid owner = own_table_owner(PG_GETARG_OID(0));
  const char* command = text_to_cstring(PG_GETARG_TEXT_PP(1));
  if (!is_allowed(command))
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("the command must be one ALTER TABLE or ALTER POLICY")));
  while_cursors_are_held([&] {
    const OwnerScope scope = become_owner(owner);
    // The command was printed under these settings; what a literal in it means must not depend on
    // who runs it.
    pin_settings();
    pin_time_zone("UTC");
    SPI_connect();
    SPI_execute(command, false, 0);
    SPI_finish();
    leave_owner(scope);
  });
  PG_RETURN_VOID();
}
