#include "api/query_answer.hpp"

#include "api/scope.hpp"

namespace monitron::api {

Result<series::SampleSource::Only> readable_sources(db::Pool& database,
                                                    const http::Caller& caller) {
  const auto scope = scope_of(caller, kReadsMetrics);
  if (!scope) return series::SampleSource::Only();
  auto found =
      database.transact([&](pqxx::work& tx) { return store::sources_in_scope(tx, scope); });
  if (!found) return fail(found.error());
  return std::make_shared<const std::set<std::string>>(std::move(*found));
}

}  // namespace monitron::api
