#pragma once
// Check definitions and trial runs.

#include "api/context.hpp"
#include "api/fields.hpp"
#include "contracts/check_type.hpp"
#include "http/router.hpp"
#include "store/checks.hpp"

namespace monitron::api {

void add_check_routes(http::Router& router, Context& context);
void add_certificate_routes(http::Router& router, Context& context);
// What checks have done.
void add_check_history_routes(http::Router& router, Context& context);
void add_check_run_routes(http::Router& router, Context& context);  // "test now" and dry runs
void add_check_slot_routes(http::Router& router, Context& context);

// Nothing for one that is not there, or not where the caller has the permission.
std::optional<store::Check> find_check_for(pqxx::work& tx, const http::Caller& caller,
                                           const char* permission, const Uuid& id);
// A definition as PUT takes it, with the settings of its kind complete; its secrets are plain.
store::Check read_check(Fields& fields, const contracts::CheckTypes& types);
contracts::CheckTypes own_types(Context& context);
contracts::CheckTypes own_types(Context& context, const std::string& kind);  // that it takes
// Seals its secrets; those that are masked are kept as the check `before_id` has them.
void seal_check(Context& context, pqxx::work& tx, store::Check& check, const Uuid& before_id,
                std::vector<http::FieldError>& errors);
// The names of built-in kinds and of own types.
std::vector<std::string> check_kinds(const contracts::CheckTypes& types);
// As PUT takes it, secrets masked.
Json check_writable(const store::Check& check);

}  // namespace monitron::api
