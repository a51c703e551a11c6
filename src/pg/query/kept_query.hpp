// Inspected queries, and those that a session keeps for its next export.
#pragma once

#include "pg/guard/kept.hpp"
#include "pg/guard/query_text.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// A query that was rewritten and inspected, and then given the tenant's parameter: see
/// put_tenant(). Where `query` and `plan` are nullptr there is nothing to run.
struct InspectedQuery {
  QueryText text;
  Query* query;
  PlannedStmt* plan;      ///< the plan that the session has kept, or nullptr
  List* functions;        ///< called_functions() of its columns, conditions and policies
  bool is_parallel_safe;  ///< whether all of these may run in a parallel worker
  bool is_lasting;        ///< whether its literals mean the same tomorrow
  const char* purpose;    ///< what it is to be kept for: see Keeper; nullptr for nothing
  std::uint64_t generation;

  bool is_nothing() const { return query == nullptr && plan == nullptr; }
};

/// The last query of one kind that the session has kept, inspected: as a tree, or as a plan that
/// holds for all values of its parameters.
struct KeptQuery {
  Keeper keeper;
  Query* query;
  PlannedStmt* plan;
  List* functions;
  bool is_parallel_safe;
};

/// What a query is kept for: all that it is made of and inspected with, but for the catalogs.
const char* purpose_of(const Configuration& configuration, Oid reader, const QueryText& text,
                       const FileColumns& columns);

/// The kept query, with the values of `text` and a tree of its own.
InspectedQuery kept_query(const KeptQuery& kept, const QueryText& text);

/// Keeps a query as `tree` or as `plan`, where it has a purpose and its literals last.
void keep_query(KeptQuery& kept, const InspectedQuery& query, const Query* tree,
                const PlannedStmt* plan);

}  // namespace export_leads
