#include "api/configuration.hpp"

#include "api/config_document.hpp"
#include "api/config_import.hpp"
#include "api/job_runner.hpp"
#include "api/resource.hpp"
#include "base/bytes.hpp"
#include "db/joined.hpp"

namespace monitron::api {
namespace {

// Shorter than the gateway waits.
constexpr std::chrono::seconds kLongest{25};

using Work = std::function<Outcome<http::Response>(pqxx::work&, const ConfigRoutes&)>;

// As the whole of it is refused, what one of the routes has refused.
tl::unexpected<Refusal> refuse_with(const http::Response& answer) {
  const auto problem = Json::parse(answer.body, nullptr, false);
  return refuse(
      http::Problem{.status = answer.status,
                    .detail = problem.is_object() ? problem.value("detail", "") : std::string()});
}

struct Order {
  rules::Yaml document{};
  std::string text{};
  bool prune = false;
  bool for_good = false;  // else it is only told what would be done
  std::string plan{};     // hash_of() when it was planned; "": whatever there is
};

// Of what there is, and of what is asked for.
std::string hash_of(const Json& document, const Order& order) {
  return to_hex(sha256(document.dump() + (order.prune ? "\n+prune\n" : "\n") + order.text));
}

Json show(const ConfigChange& change, bool for_good) {
  const bool exists = for_good || change.action != ConfigChange::Action::create;
  return {{"section", change.section},
          {"name", change.name},
          {"id", exists && !change.id.empty() ? Json(change.id) : Json(nullptr)},
          {"action", to_string(change.action)},
          {"before", change.before},
          {"after", change.after}};
}

Json show(const std::vector<ConfigChange>& changes, const Order& order, const std::string& hash) {
  Json summary = {{"create", 0}, {"update", 0}, {"delete", 0}, {"unchanged", 0}};
  Json items = Json::array();
  for (const auto& change : changes) {
    auto& count = summary[to_string(change.action)];
    count = count.get<int>() + 1;
    items.push_back(show(change, order.for_good));
  }
  return {{"plan", hash},
          {"applied", order.for_good},
          {"summary", std::move(summary)},
          {"changes", std::move(items)}};
}

db::Config pool_config(const Config& config, int size, std::chrono::seconds longest) {
  return {.url = config.database_url,
          .application_name = "monitron-api configuration",
          .size = static_cast<std::size_t>(size),
          .transaction_timeout = longest};
}

class Configurations {
 public:
  Configurations(const http::Router& router, Context& context)
      : context_(context),
        router_(router),
        pool_(pool_config(context.config, 2, kLongest)),
        job_pool_(pool_config(context.config, kJobsAtOnce, kLongestJob)) {}

  Outcome<http::Response> show_all(const http::Request& request) {
    if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
    return in_one(request, false, [&](pqxx::work& tx, const ConfigRoutes& routes) {
      const db::Joined joined(tx);
      const auto found = read_configuration(routes);
      if (!found) return Outcome<http::Response>(refuse_with(found.error()));
      const bool json = accept_of(request).find("application/json") != std::string::npos;
      const auto document = found->document();
      return Outcome<http::Response>(
          http::Response{.status = 200,
                         .content_type = json ? "application/json" : "application/yaml",
                         .body = json ? document.dump(2) + "\n" : yaml_of(document),
                         .headers = {{"Vary", "Accept"}}});
    });
  }

  Outcome<http::Response> import(const http::Request& request, bool for_good) {
    const auto known =
        for_good ? known_query(request, {"prune", "plan"}) : known_query(request, {"prune"});
    if (!known) return tl::unexpected(known.error());
    const auto prune = choice_query(request, "prune", {"true", "false"});
    if (!prune) return tl::unexpected(prune.error());
    auto document = rules::parse_yaml(request.body);
    if (!document) return refuse_fields({{"", "invalid", document.error().text}});
    if (is_for_later(request)) {
      return accept_job(context_, for_good ? "config_import" : "config_plan", request);
    }
    const Order order{.document = std::move(*document),
                      .text = request.body,
                      .prune = *prune == "true",
                      .for_good = for_good,
                      .plan = request.query_one("plan").value_or("")};
    return in_one(request, for_good, [&](pqxx::work& tx, const ConfigRoutes& routes) {
      return carry_out(tx, routes, request, order);
    });
  }

 private:
  // Nobody waits for it: it sees all as of one moment, and the audit trail, which it appends to as
  // the last thing it does, takes nothing from who has not seen its end. So when anything else was
  // changed meanwhile it begins again, and others wait for it then, lest that go on.
  static Outcome<http::Response> carry_out(pqxx::work& tx, const ConfigRoutes& routes,
                                           const http::Request& request, const Order& order) {
    store::let_audit_wait(tx);
    store::append_audit(
        tx, audit_entry(request, "config.import", "",
                        {{"sha256", to_hex(sha256(order.text))}, {"prune", order.prune}}));
    db::Joined joined(tx);
    auto before = read_configuration(routes);
    if (!before) return refuse_with(before.error());
    const auto hash = hash_of(before->document(), order);
    if (!order.plan.empty() && order.plan != hash) {
      return refuse(http::Problem{
          .status = 409,
          .detail = "what is stored, or the document, is not what was planned: plan again"});
    }
    ConfigImport import(routes, std::move(*before), order.document, joined);
    const auto done = import.run(order.prune);
    joined.throw_collision();
    if (!done) return refuse_with(done.error());
    if (!import.errors().empty()) {
      return refuse(http::Problem{.status = import.status(),
                                  .detail = "the document is not acceptable; nothing is changed",
                                  .errors = import.errors()});
    }
    if (request.work && request.work->unwanted) {
      return refuse(Fault::timeout, "it is not wanted any more");
    }
    if (order.for_good) store::append_waiting_audit(tx);
    return json_answer(200, show(import.changes(), order, hash));
  }

  // Rolled back unless it is for good and ends well.
  Outcome<http::Response> in_one(const http::Request& request, bool for_good, const Work& work) {
    const bool is_job = request.work != nullptr;
    const auto longest = is_job ? std::chrono::seconds(kLongestJob) : kLongest;
    const ConfigRoutes routes(router_, request, std::chrono::steady_clock::now() + longest);
    Outcome<http::Response> answer = refuse(Fault::bug, "nothing was done");
    bool undone = false, collided = false;
    int tries = 0;
    const auto done = (is_job ? job_pool_ : pool_).transact([&](pqxx::work& tx) -> Result<void> {
      collided = undone = false;
      db::read_one_moment(tx);
      try {
        if (for_good && ++tries > 1) store::hold_audit(tx);
        answer = work(tx, routes);
      } catch (const std::exception& problem) {
        collided = db::is_collision(problem);
        throw;
      }
      undone = !for_good || !answer;
      if (undone) return fail(Fault::conflict, "not for good");
      return {};
    });
    if (collided) {
      return refuse(http::Problem{
          .status = 409,
          .detail = "others changed something at the same time, again and again: try again"});
    }
    if (!done && !undone) return tl::unexpected<Refusal>(without_sql(done.error()));
    return answer;
  }

  Context& context_;
  const http::Router& router_;
  db::Pool pool_;
  db::Pool job_pool_;
};

}  // namespace

void add_configuration_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto all = std::make_shared<Configurations>(router, context);
  mount(router, Method::get, "/api/v1/config/export", "config:read",
        [all](const auto& request) { return all->show_all(request); });
  mount(router, Method::post, "/api/v1/config/plan", "config:read",
        [all](const auto& request) { return all->import(request, false); });
  mount(router, Method::post, "/api/v1/config/import", "config:write",
        [all](const auto& request) { return all->import(request, true); });
}

}  // namespace monitron::api
