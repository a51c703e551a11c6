// Copies queries into memory of the session, and out of it.
#include "pg/query/kept_query.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace export_leads {

const char* purpose_of(const Configuration& configuration, Oid reader, const QueryText& text,
                       const FileColumns& columns) {
  StringInfoData purpose;
  initStringInfo(&purpose);
  const auto append = [&](const char* part) {
    appendStringInfo(&purpose, " %zu:%s", std::strlen(part), part);
  };
  append(purpose_of(configuration, reader));
  append(text.text);
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& column = columns.columns[i];
    append(column.name);
    if (column.functions != nullptr) append(column.functions);
    ListCell* cell = nullptr;
    foreach (cell, column.reads) append(static_cast<const char*>(lfirst(cell)));
  }
  return purpose.data;
}

InspectedQuery kept_query(const KeptQuery& kept, const QueryText& text) {
  auto* tree = static_cast<Query*>(copyObjectImpl(kept.query));
  return {text, tree, kept.plan, kept.functions, kept.is_parallel_safe, true, nullptr, 0};
}

void keep_query(KeptQuery& kept, const InspectedQuery& query, const Query* tree,
                const PlannedStmt* plan) {
  if (query.purpose == nullptr || !query.is_lasting) return;
  keep(kept.keeper, query.generation, query.purpose, [&] {
    kept.query = static_cast<Query*>(copyObjectImpl(tree));
    kept.plan = static_cast<PlannedStmt*>(copyObjectImpl(plan));
    kept.functions = list_copy(query.functions);
    kept.is_parallel_safe = query.is_parallel_safe;
  });
}

}  // namespace export_leads
