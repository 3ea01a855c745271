#pragma once
// Alert rules, alerts and incidents, and why somebody was told or not.

#include "api/context.hpp"
#include "api/fields.hpp"
#include "http/router.hpp"
#include "store/rules.hpp"

namespace monitron::api {

// A rule as POST /api/v1/rules takes it, every field judged but for templates, which may have come
// with a file as they are, and what needs the database.
store::Rule read_rule(Fields& fields);
// … and as it is answered, with how it is evaluated.
Json show_rule(pqxx::work& tx, const store::Rule& rule);

// The members of PUT, of an existing rule; those of a rule on anomalies alone.
Json anomaly_members(const domain::AnomalyParameters& anomaly);
Json writable_rule(const store::Rule& rule);

// That Alertmanager would take its alerts for those of another rule that is on: as an error of
// `name`. Until the transaction is over no other rule is made or changed.
void refuse_twin(pqxx::work& tx, const store::Rule& rule, std::vector<http::FieldError>& errors);

// Import, export and replay; before add_rule_routes, which has a route for every id.
void add_rule_file_routes(http::Router& router, Context& context);
void add_rule_replay_routes(http::Router& router, Context& context);
void add_rule_template_routes(http::Router& router, Context& context);
void add_rule_routes(http::Router& router, Context& context);
void add_rule_band_routes(http::Router& router, Context& context);
void add_incident_routes(http::Router& router, Context& context);
void add_incident_action_routes(http::Router& router, Context& context);
void add_explain_routes(http::Router& router, Context& context);

}  // namespace monitron::api
