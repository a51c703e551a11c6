// Prepares the queries of an export, finds its status, and chooses between two plans for the leads.
#include "core/status.hpp"
#include "pg/query/lead_planner.hpp"

#include "pg/guard/known_tenant.hpp"
#include "pg/query/first_match.hpp"
#include "pg/query/security_order.hpp"
#include "pg/query/status_receiver.hpp"
#include "pg/sandbox/called_functions.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/column_identity.hpp"
#include "pg/setup/status_type.hpp"
#include "pg/setup/tenant_type.hpp"

extern "C" {
#include "access/parallel.h"
#include "optimizer/clauses.h"
#include "utils/regproc.h"
}

namespace export_leads {
namespace {

const char* asked_status(const LeadPlanner& planner) {
  return pnstrdup(planner.request.status.data(), planner.request.status.size());
}

const char* lower_status(const LeadPlanner& planner) {
  const std::string_view status = planner.request.status;
  char* lower = static_cast<char*>(palloc0(status.size() + 1));
  core::write_lower(lower, status);
  return lower;
}

bool is_same_text(const char* left, const char* right) { return std::strcmp(left, right) == 0; }

// The remediation that adds a column again, with its functions as they are now.
const char* remediation_of_change(const FileColumn& column) {
  const char* expression = quote_literal_cstr(column.expression);
  if (std::strcmp(column.name, "full_name") == 0)
    return run_setup(psprintf("full_name => %s", expression));
  const char* name = quote_literal_cstr(column.name);
  return psprintf("SELECT %s; SELECT %s;",
                  own_call(psprintf("export_leads_remove_column(%s)", name)),
                  own_call(psprintf("export_leads_add_column(%s, %s, %s)", name, expression,
                                    quote_literal_cstr(column.header))));
}

// The remediation for an expression whose column was replaced: the site has to write it again, as
// only it knows which column it means.
const char* remediation_of_replacement(const FileColumn& column) {
  if (is_same_text(column.name, "full_name")) return run_setup("full_name => '...'");
  const char* name = quote_literal_cstr(column.name);
  return psprintf("SELECT %s; SELECT %s;",
                  own_call(psprintf("export_leads_remove_column(%s)", name)),
                  own_call(psprintf("export_leads_add_column(%s, '...', %s)", name,
                                    quote_literal_cstr(column.header))));
}

// The name of the column that `read`, a text of _export_leads_columns_read(), describes, where
// another column has that name now; sets `*table` to its table. nullptr where the column is still
// the same, and where it is gone, since analyzing the expression then raises an error anyway.
const char* replaced_column(const Configuration& configuration, const char* read, Table* table) {
  for (const Table which : kTables) {
    const char* name = kTableNames[static_cast<int>(which)];
    const std::size_t length = std::strlen(name);
    if (std::strncmp(read, name, length) != 0 || read[length] != ' ') continue;
    const char* number = read + length + 1;
    const char* column = std::strchr(number, ' ');
    if (column == nullptr) return nullptr;
    *table = which;
    return mapped_column(configuration.table(which), column + 1, number).is_replaced ? column + 1
                                                                                     : nullptr;
  }
  return nullptr;
}

// Reports columns of the file whose expression names a column of a table that has been replaced by
// another one.
void inspect_reads(const LeadPlanner& planner) {
  const Configuration& configuration = planner.configuration;
  for (int i = 0; i < planner.columns.count; ++i) {
    const FileColumn& column = planner.columns.columns[i];
    if (column.reads == NIL || !is_same_text(static_cast<const char*>(linitial(column.reads)),
                                             numbering(configuration.tables, kTableCount)))
      continue;
    for (int read = 1; read < list_length(column.reads); ++read) {
      Table table{};
      const char* replaced = replaced_column(
          configuration, static_cast<const char*>(list_nth(column.reads, read)), &table);
      if (replaced == nullptr) continue;
      planner.sink({"column_replaced", psprintf("column %s", column.name),
                    psprintf("column \"%s\" of files reads \"%s\" of table \"%s\", which is "
                             "another column now",
                             column.name, replaced, table_name(configuration.table(table))),
                    remediation_of_replacement(column)});
    }
  }
}

// Reports columns that call a function which has changed since the column was added. Must be called
// before the query is rewritten: the rewriter adds the functions of policies to a column's
// subqueries.
void inspect_functions(const LeadPlanner& planner, const Query* query) {
  int place = kTenantColumnCount;
  for (int i = 0; i < planner.columns.count; ++i) {
    const FileColumn& column = planner.columns.columns[i];
    if (column.source != ColumnSource::expression) continue;
    const auto* target = list_nth_node(TargetEntry, query->targetList, place++);
    if (column.functions == nullptr ||
        std::strcmp(column.functions, function_definitions(called_functions(
                                          reinterpret_cast<Node*>(target->expr)))) == 0)
      continue;
    planner.sink({"column_changed", psprintf("column %s", column.name),
                  psprintf("a function that column \"%s\" calls has changed since the column was "
                           "added",
                           column.name),
                  remediation_of_change(column)});
  }
}

// Reports functions in the conditions that find the leads (casts of a status) whose owner is not a
// superuser. Their owner could replace them, and their result decides which leads are in a file.
void inspect_casts(const LeadPlanner& planner, Node* conditions) {
  ListCell* cell = nullptr;
  foreach (cell, called_functions(conditions)) {
    const char* function = format_procedure_qualified(lfirst_oid(cell));
    if (superuser_arg(function_owner(lfirst_oid(cell)))) continue;
    planner.sink({"cast_foreign", function,
                  psprintf("leads are found by function %s, which may be replaced", function),
                  run_setup("lead_status => '...'")});
  }
}

// Rewrites an analyzed query, inspects the result, and only then puts the tenant's parameter into
// it: what is inspected, and whose functions are watched, are the policies as they are.
InspectedQuery prepare_query(const LeadPlanner& planner, const QueryText& text, Query* analyzed) {
  Query* query = rewrite_query(analyzed, text, planner.configuration, planner.conditions);
  inspect_query(query, planner.configuration, planner.conditions, planner.reader, planner.sink);
  List* functions = called_functions(reinterpret_cast<Node*>(query));
  if (planner.tenant != nullptr) put_tenant(query, planner.configuration, planner.conditions);
  const bool is_parallel_safe = max_parallel_hazard(query) == PROPARALLEL_SAFE;
  return {text, query, nullptr, functions, is_parallel_safe, true, nullptr, 0};
}

InspectedQuery prepare_by_status(const LeadPlanner& planner, const QueryText& text) {
  Query* query = parse_analyze_query(text);
  inspect_casts(planner, reinterpret_cast<Node*>(query));
  return prepare_query(planner, text, query);
}

// The queries that the session keeps: the last one of each kind.
KeptQuery kept_status;
KeptQuery kept_leads;

// The check keeps nothing, as it runs nothing, and a parallel worker has no next export.
template <typename Prepare>
InspectedQuery find_or_prepare(const LeadPlanner& planner, const KeptQuery& kept,
                               const QueryText& text, const FileColumns& columns, Prepare prepare) {
  static_assert(std::is_trivially_destructible_v<Prepare>);
  if (planner.tenant == nullptr || IsParallelWorker()) return prepare();
  const char* purpose = purpose_of(planner.configuration, planner.reader, text, columns);
  if (is_kept(kept.keeper, purpose)) return kept_query(kept, text);
  const std::uint64_t generation = catalog_generation();
  InspectedQuery query = prepare();
  query.purpose = purpose;
  query.generation = generation;
  return query;
}

// Whether the plan of the status's query holds for later exports: not for one whose snapshot may be
// older than an index or a partition's detachment, nor where a policy of the site may have made the
// planner compute something for this tenant or session.
bool can_keep_plan(const LeadPlanner& planner) {
  return !IsolationUsesXactSnapshot() && !is_any_obeyed(planner.conditions);
}

InspectedQuery prepare_status(const LeadPlanner& planner) {
  if (!planner.configuration.has(Table::statuses)) return {};
  const QueryText text = status_query(planner.configuration, planner.tenant, asked_status(planner),
                                      lower_status(planner));
  if (!can_keep_plan(planner)) return prepare_by_status(planner, text);
  return find_or_prepare(planner, kept_status, text, {},
                         [&] { return prepare_by_status(planner, text); });
}

bool is_named_in_any_case(const Configuration& configuration, Field field) {
  const FieldRule& rule = kFields[static_cast<int>(field)];
  return ignores_case(status_type(configuration.table(rule.table), configuration.source(field)));
}

// Whether to look for a lead with exactly the status that was asked for. That is needed where leads
// hold statuses by name and distinguish case, and the case may matter: the name differs from its
// lower-case form, or the statuses' column ignores case.
bool asks_leads(const LeadPlanner& planner) {
  const Configuration& configuration = planner.configuration;
  return configuration.source(Field::status_key) == nullptr &&
         (!is_same_text(asked_status(planner), lower_status(planner)) ||
          is_named_in_any_case(configuration, Field::status_name)) &&
         !is_named_in_any_case(configuration, Field::lead_status);
}

// Lets an index find the leads, whatever the type of their status column.
InspectedQuery find_leads_by_index(const LeadPlanner& planner, const InspectedQuery& inspected) {
  compare_under_policy(inspected.query, planner.configuration.table(Table::leads),
                       kLeadStatusParameter);
  return inspected;
}

InspectedQuery prepare_lead_status(const LeadPlanner& planner) {
  if (!asks_leads(planner)) return {};
  return find_leads_by_index(
      planner, prepare_by_status(planner, lead_status_query(planner.configuration, planner.tenant,
                                                            asked_status(planner))));
}

// Whether an analyzed query has a literal that may mean something else later, such as a date of
// 'today', which PostgreSQL reads when it analyzes the query.
bool has_passing_literal(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Query)) return walk_query(castNode(Query, node), has_passing_literal, context);
  if (!IsA(node, Const)) return walk_below(node, has_passing_literal, context);
  Oid input = InvalidOid;
  Oid parameter = InvalidOid;
  getTypeInputInfo(castNode(Const, node)->consttype, &input, &parameter);
  return func_volatile(input) != PROVOLATILE_IMMUTABLE;
}

QueryText text_of_leads(const LeadPlanner& planner, CallLookup lookup) {
  QueryText text =
      lead_query(planner.configuration, planner.tenant, planner.columns, planner.created, lookup);
  text.hint = planner.hint;
  return text;
}

InspectedQuery prepare_leads(const LeadPlanner& planner, const QueryText& text) {
  inspect_reads(planner);
  Query* query = parse_analyze_query(text);
  inspect_functions(planner, query);
  inspect_casts(planner, reinterpret_cast<Node*>(query->jointree));
  const bool is_lasting = !has_passing_literal(reinterpret_cast<Node*>(query), nullptr);
  InspectedQuery leads = find_leads_by_index(planner, prepare_query(planner, text, query));
  leads.is_lasting = is_lasting;
  return leads;
}

InspectedQuery prepare_leads(const LeadPlanner& planner, CallLookup lookup) {
  return prepare_leads(planner, text_of_leads(planner, lookup));
}

// The leads' query, which is kept as inspected: its plan depends on the values.
InspectedQuery find_or_prepare_leads(const LeadPlanner& planner) {
  const QueryText text = text_of_leads(planner, CallLookup::per_lead);
  InspectedQuery leads = find_or_prepare(planner, kept_leads, text, planner.columns,
                                         [&] { return prepare_leads(planner, text); });
  keep_query(kept_leads, leads, leads.query, nullptr);
  return leads;
}

Cost cost(const PlannedQuery& planned) { return estimated_cost(planned.plan); }

// By how much the planner overestimates one index lookup per lead. It counts each lookup as a read
// from disk, but the pages are soon in memory. Measured: the lookups are still faster where their
// estimate is six times that of the other way, and slower where it is twenty-six times (without an
// index, thousands of times) that.
constexpr Cost kLookupPerLeadBias = 10;

// Below this estimate (about a tenth of a second) it does not pay to plan the other way.
constexpr Cost kCheap = 20'000;

// Whether one pass over the calls finds the same calls as one lookup per lead. The pass finds one
// call for each lead id that differs in the calls' own type. Where the leads' ids compare
// differently (a collation that ignores case, or a float compared with an integer), leads would be
// repeated or calls lost.
bool can_find_at_once(const LeadPlanner& planner) {
  if (planner.columns.call_columns == NIL) return false;
  const Configuration& configuration = planner.configuration;
  for (const Field id : {Field::lead_id, Field::call_lead_id}) {
    const Table table = kFields[static_cast<int>(id)].table;
    if (!OidIsValid(tenant_type(configuration.table(table), configuration.source(id))))
      return false;
  }
  return true;
}

}  // namespace

InspectedQueries prepare_queries(const LeadPlanner& planner) {
  InspectedQueries queries{};
  queries.status = prepare_status(planner);
  queries.lead_status = prepare_lead_status(planner);
  queries.per_lead = find_or_prepare_leads(planner);
  return queries;
}

InspectedQueries prepare_leads(const LeadPlanner& planner) {
  InspectedQueries queries{};
  queries.per_lead = prepare_leads(planner, CallLookup::per_lead);
  return queries;
}

InspectedQuery prepare_times(const LeadPlanner& planner) {
  return find_leads_by_index(
      planner, prepare_by_status(
                   planner, time_query(planner.configuration, planner.tenant, planner.created)));
}

void prepare_all(const LeadPlanner& planner) {
  (void)prepare_queries(planner);
  if (can_find_at_once(planner)) (void)prepare_leads(planner, CallLookup::at_once);
}

PlannedQuery plan_for_status(InspectedQuery& query, const ExportStatus& status) {
  bind_status(query.text, status.name, status.in_leads);
  return plan_query(query.query, query.text);
}

PlannedQuery plan_inspected(const InspectedQuery& query) {
  return query.query == nullptr ? PlannedQuery{} : plan_query(query.query, query.text);
}

PlannedQuery plan_status(const InspectedQuery& query) {
  if (query.is_nothing()) return {};
  if (query.plan != nullptr) return with_values(query.plan, query.text);
  PlannedStmt* plan = plan_for_all_values(query.query, query.text);
  if (!plan->transientPlan) keep_query(kept_status, query, nullptr, plan);
  return with_values(plan, query.text);
}

void forget_plan_of_status() { forget(kept_status.keeper); }

FoundStatus find_status(const LeadPlanner& planner, const PlannedQuery& query) {
  if (query.plan == nullptr) return {};
  StatusReceiver receiver = make_status_receiver(planner.configuration, planner.tenant);
  run_query(query, &receiver.pub);
  return receiver.found;
}

bool is_in_leads(const LeadPlanner& planner, const PlannedQuery& query) {
  if (query.plan == nullptr) return false;
  LeadStatusReceiver receiver = make_lead_status_receiver(planner.tenant);
  run_query(query, &receiver.pub);
  return receiver.count > 0;
}

ExportStatus decide_status(const LeadPlanner& planner, const FoundStatus& found, bool is_in_leads) {
  const Configuration& configuration = planner.configuration;
  const char* asked = asked_status(planner);
  constexpr int kExact = 2;  // smaller ranks are those of the exact name
  const bool is_exact = found.name != nullptr && is_same_text(found.name, asked);
  const bool is_by_leads = is_in_leads && !is_exact;
  const bool is_found = found.name != nullptr && (!is_by_leads || found.rank < kExact);
  const char* differing = found.has_other_keys                                        ? "keys"
                          : found.has_other_labels                                    ? "labels"
                          : found.has_others && planner.columns.status_columns != NIL ? "columns"
                                                                                      : nullptr;
  if (is_found && differing != nullptr)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("status \"%s\" is in table \"%s\" more than once, with different %s",
                           found.name, table_name(configuration.table(Table::statuses)), differing),
                    errdetail("Which of them a lead means cannot be told by the name."),
                    errhint("Export by what tells them apart: %s",
                            run_setup("status_name => '...', status_label => '...'"))));
  ExportStatus status{};
  status.name = is_by_leads ? asked : is_found ? found.name : lower_status(planner);
  status.in_leads = configuration.source(Field::status_key) == nullptr ? status.name : found.key;
  const char* label = is_found && found.label != nullptr ? found.label : status.name;
  status.shown = {status.name, label};
  return status;
}

PlannedQuery plan_leads(const LeadPlanner& planner, InspectedQueries& queries,
                        const ExportStatus& status) {
  const int settings = NewGUCNestLevel();
  const PlannedQuery planned = plan_for_status(queries.per_lead, status);
  forget_settings(settings);
  stop_at_first_match(planned.plan);
  if (cost(planned) < kCheap || !can_find_at_once(planner)) return planned;
  queries.at_once = prepare_leads(planner, CallLookup::at_once);
  const PlannedQuery other = plan_for_status(queries.at_once, status);
  return cost(planned) <= kLookupPerLeadBias * cost(other) ? planned : other;
}

void check_functions_unchanged(Snapshot snapshot, const InspectedQueries& queries) {
  check_functions_unchanged(snapshot, queries.status.functions);
  check_functions_unchanged(snapshot, queries.lead_status.functions);
  check_functions_unchanged(snapshot, queries.per_lead.functions);
  check_functions_unchanged(snapshot, queries.at_once.functions);
}

}  // namespace export_leads
