// Compares policies by the parsed conditions in the relation cache.
#include "pg/guard/policy.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/guarded_query.hpp"
#include "pg/sandbox/called_functions.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/reader_role.hpp"
#include "pg/setup/tenant_type.hpp"

extern "C" {
#include "catalog/pg_class_d.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/ruleutils.h"
}

namespace export_leads {
namespace {

struct OwnPolicy {
  const char* name;
  bool permissive;
};

// The restrictive policy limits the reader to one tenant whatever the site's own policies allow.
// The permissive one is needed because PostgreSQL shows no rows without a permissive policy.
constexpr OwnPolicy kOwnPolicies[kOwnPolicyCount] = {{"export_leads_only_tenant", false},
                                                     {"export_leads_tenant_rows", true}};

// Parses and analyzes a condition on a table as CREATE POLICY does, so that the result can be
// compared with a stored policy.
Node* parse_condition(Relation table, const char* condition) {
  List* parsed = raw_parser(condition, RAW_PARSE_PLPGSQL_EXPR);
  SelectStmt* select = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);
  Node* expression = linitial_node(ResTarget, select->targetList)->val;

  ParseState* state = make_parsestate(nullptr);
  ParseNamespaceItem* item =
      addRangeTableEntryForRelation(state, table, AccessShareLock, nullptr, false, false);
  addNSItemToQuery(state, item, false, true, true);
  Node* qual = transformWhereClause(state, expression, EXPR_KIND_POLICY, "POLICY");
  assign_expr_collations(state, qual);
  free_parsestate(state);
  return qual;
}

struct Roles {
  const Oid* ids;
  int count;
};

Roles policy_roles(const RowSecurityPolicy* policy) {
  return {reinterpret_cast<const Oid*>(ARR_DATA_PTR(policy->roles)), ARR_DIMS(policy->roles)[0]};
}

// Whether the policy names `role` or PUBLIC. Membership in other roles can be ignored: a reader
// that is a member of any role is a finding.
bool applies_to(const RowSecurityPolicy* policy, Oid role) {
  const Roles roles = policy_roles(policy);
  for (int i = 0; i < roles.count; ++i)
    if (roles.ids[i] == role || roles.ids[i] == ACL_ID_PUBLIC) return true;
  return false;
}

bool is_only_for(const RowSecurityPolicy* policy, Oid role) {
  const Roles roles = policy_roles(policy);
  return OidIsValid(role) && roles.count == 1 && roles.ids[0] == role;
}

// A policy without a USING condition only checks written rows, and hides none.
bool is_for_reading(const RowSecurityPolicy* policy) {
  return policy->qual != nullptr && (policy->polcmd == '*' || policy->polcmd == ACL_SELECT_CHR);
}

// Citus makes every policy permissive where it repeats it, on shards and on the other nodes: there
// bind() does what the restrictive one does.
bool is_intact(const RowSecurityPolicy* policy, const OwnPolicy& own, Oid reader,
               const Node* condition, bool in_shards) {
  return policy != nullptr && (in_shards || policy->permissive == own.permissive) &&
         policy->polcmd == ACL_SELECT_CHR && is_only_for(policy, reader) &&
         policy->with_check_qual == nullptr && equal(policy->qual, condition);
}

const OwnPolicy* own_policy(const char* name) {
  for (const OwnPolicy& own : kOwnPolicies)
    if (std::strcmp(own.name, name) == 0) return &own;
  return nullptr;
}

const RowSecurityPolicy* find_policy(Relation table, const char* name) {
  ListCell* cell = nullptr;
  foreach (cell, table->rd_rsdesc->policies) {
    const auto* policy = static_cast<const RowSecurityPolicy*>(lfirst(cell));
    if (std::strcmp(policy->policy_name, name) == 0) return policy;
  }
  return nullptr;
}

// What a policy does, as text, since OIDs change in a dump and restore. The definitions of the
// functions it calls are part of the text. Its roles are not: it only matters whether it applies to
// the reader. Settings are pinned, so that the text does not depend on the session.
const char* definition_of(Relation table, const RowSecurityPolicy* policy) {
  const int settings = NewGUCNestLevel();
  pin_settings();
  pin_time_zone("UTC");
  List* context = deparse_context_for(RelationGetRelationName(table), RelationGetRelid(table));
  Node* condition = reinterpret_cast<Node*>(policy->qual);
  const char* definition = psprintf("FOR %s USING (%s)%s", policy->polcmd == '*' ? "ALL" : "SELECT",
                                    deparse_expression(condition, context, false, false),
                                    function_definitions(called_functions(condition)));
  AtEOXact_GUC(false, settings);
  return definition;
}

// The definition of a policy when set-up accepted it; nullptr where set-up did not.
const char* accepted_definition(Oid extension_schema, Oid table, const char* policy) {
  const Oid accepted_table = get_relname_relid("export_leads_accepted_policies", extension_schema);
  if (!OidIsValid(accepted_table) || get_rel_relkind(accepted_table) != RELKIND_RELATION)
    return nullptr;
  Relation accepted = table_open(accepted_table, AccessShareLock);
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(policy));
  SysScanDesc scan = systable_beginscan(accepted, InvalidOid, false, nullptr, 2, keys);
  const char* definition = nullptr;
  HeapTuple row = systable_getnext(scan);
  if (HeapTupleIsValid(row)) {
    bool is_null = false;
    definition = TextDatumGetCString(heap_getattr(row, 3, RelationGetDescr(accepted), &is_null));
  }
  systable_endscan(scan);
  table_close(accepted, AccessShareLock);
  return definition;
}

// Whether the site has exempted the reader from its policy, as the remediation in
// export_leads_check() does: the condition is an OR that begins with CURRENT_USER = the reader, so
// nothing after it is evaluated for the reader.
bool exempts_reader(Relation table, const RowSecurityPolicy* policy) {
  const auto* condition = reinterpret_cast<const BoolExpr*>(policy->qual);
  if (!is_orclause(condition)) return false;
  const char* text = psprintf("CURRENT_USER OPERATOR(pg_catalog.=) %s::pg_catalog.name",
                              quote_literal_cstr(kReaderRole));
  return equal(linitial(condition->args), parse_condition(table, text));
}

// SQL for an array of the accepted policies' names, in the form that export_leads_setup() takes;
// with `only_mutable`, of the mutable ones. Policies that were dropped are left out, as they have
// no name any more.
const char* accepted_names(bool only_mutable) {
  return psprintf(
      "SELECT pg_catalog.array_agg(%s) FROM %s AS a WHERE EXISTS (SELECT FROM "
      "pg_catalog.pg_policy AS p WHERE p.polrelid OPERATOR(pg_catalog.=) a.relation "
      "AND p.polname OPERATOR(pg_catalog.=) a.policy)%s",
      own_call("_export_leads_policy_name(a.relation, a.policy)"),
      own_call("export_leads_accepted_policies"), only_mutable ? " AND a.is_mutable" : "");
}

// The remediation that accepts the accepted policies again, as they are now.
const char* remediation_of_change() {
  return run_setup(psprintf("accepted_policies => (%s), mutable_policies => (%s)",
                            accepted_names(false), accepted_names(true)));
}

// Reports a table other than the three that an obeyed policy reads: the reader cannot read it.
void inspect_tables_read(const Configuration& configuration, const RowSecurityPolicy* policy,
                         const char* table, FindingSink& sink) {
  const Oid other = other_table(reinterpret_cast<Node*>(policy->qual), configuration);
  if (OidIsValid(other))
    sink({"other_table", table,
          psprintf("policy \"%s\" on table \"%s\" would make an export read table \"%s\"",
                   policy->policy_name, table, table_name(other)),
          nullptr, nullptr,
          "exports can obey it once it reads no other table, or be exempted from it once it is no "
          "longer among the accepted_policies"});
}

void inspect_restrictive_policy(const Configuration& configuration, Oid extension_schema,
                                Relation table, const RowSecurityPolicy* policy,
                                FindingSink& sink) {
  const char* name = table_name(RelationGetRelid(table));
  const char* accepted =
      accepted_definition(extension_schema, RelationGetRelid(table), policy->policy_name);
  if (accepted == nullptr) {
    sink({"restrictive_policy", name,
          psprintf("restrictive policy \"%s\" on table \"%s\" could hide leads from an export",
                   policy->policy_name, name),
          nullptr, policy->policy_name,
          "exempt exports from it, or have them obey it with accepted_policies of "
          "export_leads_setup()"});
    return;
  }
  if (std::strcmp(accepted, definition_of(table, policy)) != 0)
    sink({"accepted_policy_changed", name,
          psprintf("restrictive policy \"%s\" on table \"%s\" has changed since it was accepted",
                   policy->policy_name, name),
          remediation_of_change()});
  inspect_tables_read(configuration, policy, name, sink);
}

// The remediations for a policy of ours. Set-up sees no single shard that differs from the others;
// Citus repeats ALTER POLICY on all of them, and can create no policy on one alone.
const char* create_again(const Configuration& configuration, Table which, const OwnPolicy& own,
                         const char* condition) {
  if (!configuration.is_shard(which)) return run_setup();
  return psprintf(
      "SET citus.enable_manual_changes_to_shards = on; CREATE POLICY %s ON %s FOR SELECT TO %s "
      "USING (%s); -- on this node",
      own.name, table_name(configuration.table(which)), kReaderRole, condition);
}
const char* alter_back(const Configuration& configuration, Table which, const OwnPolicy& own,
                       const char* condition) {
  if (!configuration.is_shard(which)) return run_setup();
  return psprintf("ALTER POLICY %s ON %s TO %s USING (%s);", own.name,
                  table_name(configuration.changed_table(which)), kReaderRole, condition);
}

// Whether a policy of the site could hide rows from an export, so that it must be inspected. A
// permissive one can only show more rows, and our restrictive policy hides those of other tenants.
bool is_to_inspect(const RowSecurityPolicy* policy, Oid reader) {
  return own_policy(policy->policy_name) == nullptr && !policy->permissive &&
         is_for_reading(policy) && applies_to(policy, reader);
}

// Calls `look` with the policy `name`; with nullptr where the table has no such policy for reading,
// or where its row security is off, since PostgreSQL then loads no policies.
template <typename Look>
void with_policy(Oid table_id, const char* name, Look look) {
  static_assert(std::is_trivially_destructible_v<Look>);
  Relation table = relation_open(table_id, AccessShareLock);
  const RowSecurityPolicy* policy =
      table->rd_rsdesc == nullptr ? nullptr : find_policy(table, name);
  look(table, policy == nullptr || policy->qual == nullptr ? nullptr : policy);
  relation_close(table, NoLock);
}

}  // namespace

const char* policy_condition(Oid extension_schema, Oid table, const char* tenant_column,
                             bool has_defaults, bool in_shards) {
  if (tenant_column == nullptr) return "true";
  const Oid type = tenant_type(table, tenant_column);
  if (!OidIsValid(type)) return nullptr;
  const char* column = quote_identifier(tenant_column);
  // The scalar subquery is evaluated once per query, and in a parallel query by the leader only.
  // Citus refuses policies with subqueries.
  return psprintf("%s OPERATOR(pg_catalog.=) (%s%s.export_leads_tenant()::pg_catalog.%s)%s", column,
                  in_shards ? "" : "SELECT ",
                  quote_identifier(get_namespace_name(extension_schema)), tenant_type_name(type),
                  has_defaults ? psprintf(" OR %s IS NULL", column) : "");
}

bool is_any_obeyed(const TenantConditions& conditions) {
  for (const TableConditions& of_table : conditions.of)
    if (of_table.obeyed != NIL) return true;
  return false;
}

TableConditions inspect_policies(const Configuration& configuration, Table which, Relation table,
                                 Oid extension_schema, Oid reader, FindingSink& sink) {
  const char* name = table_name(RelationGetRelid(table));
  const char* text = policy_condition(
      extension_schema, RelationGetRelid(table), configuration.source(tenant_field(which)),
      which == Table::statuses && configuration.status_defaults, configuration.is_in_shards(which));
  const Node* condition = parse_condition(table, text);
  for (const OwnPolicy& own : kOwnPolicies) {
    const RowSecurityPolicy* policy = find_policy(table, own.name);
    if (policy == nullptr)
      sink({"policy_missing", name,
            psprintf("policy \"%s\" on table \"%s\" does not exist", own.name, name),
            create_again(configuration, which, own, text)});
    else if (!is_intact(policy, own, reader, condition, configuration.is_in_shards(which)))
      sink({"policy_altered", name,
            psprintf("policy \"%s\" on table \"%s\" is not as set-up created it", own.name, name),
            alter_back(configuration, which, own, text)});
  }

  TableConditions conditions{condition, NIL, NIL, configuration.is_in_shards(which)};
  ListCell* cell = nullptr;
  foreach (cell, table->rd_rsdesc->policies) {
    const auto* policy = static_cast<const RowSecurityPolicy*>(lfirst(cell));
    if (!is_to_inspect(policy, reader)) continue;
    // On shards, where rows are read, Citus has made it permissive: the check says so.
    const bool is_void = configuration.is_in_shards(which) && !configuration.is_shard(which);
    const bool is_exempting = is_void || exempts_reader(table, policy);
    if (!is_exempting)
      inspect_restrictive_policy(configuration, extension_schema, table, policy, sink);
    List*& kind = is_exempting ? conditions.exempting : conditions.obeyed;
    kind = lappend(kind, copyObjectImpl(policy->qual));
  }
  return conditions;
}

void read_own_policies(Oid extension_schema, Oid table_id, const char* tenant_column,
                       bool has_defaults, OwnPolicyState (&policies)[kOwnPolicyCount]) {
  Relation table = relation_open(table_id, AccessShareLock);
  const bool in_shards = is_distributed(table_id);
  const char* text =
      policy_condition(extension_schema, table_id, tenant_column, has_defaults, in_shards);
  const Node* condition = text == nullptr ? nullptr : parse_condition(table, text);
  for (int i = 0; i < kOwnPolicyCount; ++i) {
    const OwnPolicy& own = kOwnPolicies[i];
    const RowSecurityPolicy* policy = table->rd_rsdesc == nullptr || condition == nullptr
                                          ? nullptr
                                          : find_policy(table, own.name);
    policies[i] = {own.name, own.permissive, text,
                   is_intact(policy, own, reader_role(), condition, in_shards)};
  }
  relation_close(table, NoLock);
}

bool has_own_tenant_policy(Relation table, Oid extension_schema, Oid reader) {
  if (!table->rd_rel->relrowsecurity || table->rd_rsdesc == nullptr) return false;
  ListCell* cell = nullptr;
  foreach (cell, table->rd_rsdesc->policies)
    if (!static_cast<const RowSecurityPolicy*>(lfirst(cell))->permissive) return false;
  const RowSecurityPolicy* policy = find_policy(table, "export_leads_own_tenant");
  if (policy == nullptr || policy->polcmd != '*' || !is_only_for(policy, reader)) return false;
  const Node* condition = parse_condition(
      table, psprintf("tenant OPERATOR(pg_catalog.=) (SELECT %s.export_leads_tenant())",
                      quote_identifier(get_namespace_name(extension_schema))));
  return equal(policy->qual, condition) && equal(policy->with_check_qual, condition);
}

const char* policy_definition(Oid table, const char* policy) {
  const char* definition = nullptr;
  with_policy(table, policy, [&](Relation opened, const RowSecurityPolicy* found) {
    if (found != nullptr) definition = definition_of(opened, found);
  });
  return definition;
}

bool is_mutable_policy(Oid table, const char* policy) {
  bool may_vary = false;
  with_policy(table, policy, [&](Relation, const RowSecurityPolicy* found) {
    may_vary = found != nullptr && is_mutable(reinterpret_cast<Node*>(found->qual));
  });
  return may_vary;
}

}  // namespace export_leads
