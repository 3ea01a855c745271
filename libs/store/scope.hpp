#pragma once
// Which instances somebody may reach who may not reach all: the one place that says it, in SQL and
// of a row at hand.

#include "store/page.hpp"
#include "store/tx.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace monitron::store {

// Instances that have all labels of one of these; nothing: all instances, and what belongs to none.
using Scope = std::optional<std::vector<Labels>>;

bool is_in_scope(const Scope& scope, const Labels& of_instance);
// Of what belongs to an instance.
bool is_in_scope(pqxx::work& tx, const Scope& scope, const std::optional<Uuid>& instance);

// A condition on the column of labels of an instance; the parameter of this number is
// scope_parameter().
std::string in_scope_sql(const std::string& labels, int parameter);
// … on the column of the id of the instance that something belongs to.
std::string of_scope_sql(const std::string& instance_id, int parameter);
// … on the labels that an alert tells of: they name an instance or a check of the scope by
// `server_id` or `check_id`, and none that is not of it.
std::string told_in_scope_sql(const std::string& labels, int parameter);
bool is_told_in_scope(pqxx::work& tx, const Scope& scope, const Labels& labels);
std::optional<std::string> scope_parameter(const Scope& scope);

// The ids of its instances and their checks, under which they send telemetry.
std::set<std::string> sources_in_scope(pqxx::work& tx, const Scope& scope);

// Whether all members of these settings (JSON) of a group are of the scope.
bool has_members_in_scope(pqxx::work& tx, const Scope& scope, const std::string& settings);

}  // namespace monitron::store
