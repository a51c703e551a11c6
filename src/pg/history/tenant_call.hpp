// A call for a tenant that reads or writes the extension's own tables: the caller is checked like
// that of an export, and what follows runs as the reader, to whom row security shows the rows of
// that tenant only.
#pragma once

#include "pg/export/opened_setup.hpp"
#include "pg/guard/tenant.hpp"
#include "pg/sandbox/sandbox.hpp"

namespace export_leads {

struct TenantCall {
  Setup setup;
  Tenant tenant;
  Sandbox sandbox;
  ErrorContextCallback blaming;
};
static_assert(std::is_trivially_destructible_v<TenantCall>);

/// Raises 55000 on a worker of Citus: the history is on the coordinator.
void require_history_here();

/// Checks the caller (see check_caller()) and becomes the reader, until end_tenant_call(), which
/// must get the same object. Raises what an export raises before it reads. Errors until then that
/// the reader's own missing rights cause become 55000: set-up gives these. Must be called within
/// during_export().
void begin_tenant_call(TenantCall& call, Oid extension_schema, const char* tenant,
                       Oid on_behalf_of);
void end_tenant_call(TenantCall& call);

}  // namespace export_leads
