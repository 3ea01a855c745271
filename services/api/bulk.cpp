#include "api/bulk.hpp"

#include "api/resource.hpp"
#include "db/joined.hpp"
#include "http/target.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kMostOperations = 1000;
// In one transaction: what is committed at once costs little, and what holds rows does so shortly.
constexpr std::size_t kTogether = 100;
// Then nothing more is begun. The gateway gives up after half a minute.
constexpr std::chrono::seconds kLongest{18};
constexpr std::chrono::seconds kLongestTransaction{25};
constexpr std::chrono::seconds kLongestStatement{5};
// Bulk requests that are worked on: each has a connection and a worker for as long as it takes.
constexpr int kAtOnce = 2;
// Of answers: then nothing more is begun.
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

const std::set<std::string, std::less<>> kShownHeaders = {"etag", "idempotent-replayed", "location",
                                                          "retry-after"};

constexpr const char* kUnknown = "the database went away: it may have been done or not";

// Whether nobody knows if it was done: only when a commit was not answered.
bool is_open(const Error& error, bool committing) {
  return committing && error.fault == Fault::unavailable;
}

using Answers = std::vector<std::optional<http::Response>>;

struct Order {
  bool atomic = false;
  std::vector<http::Request> operations{};
};

bool is_refused(const http::Response& answer) { return answer.status >= 400; }

http::Method method_of(const std::string& name) {
  for (const auto method : {http::Method::put, http::Method::patch, http::Method::delete_}) {
    if (name == http::to_string(method)) return method;
  }
  return http::Method::post;
}

http::Request read_operation(const http::Request& outer, Fields& fields) {
  const auto method = method_of(fields.choice("method", {"POST", "PUT", "PATCH", "DELETE"}, ""));
  const auto path = http::decode_path(fields.text("path", {.max = 2000, .required = true}));
  if (!path && fields.has("path")) fields.refuse("path", "invalid", path.error().text);
  auto request = http::inner_request(outer, method, path.value_or("/"));
  if (const auto tag = fields.text("if_match", {.max = 200}); !tag.empty()) {
    request.headers.emplace("if-match", tag);
  }
  if (const auto key = fields.text("idempotency_key", {.max = 255}); !key.empty()) {
    request.headers.emplace("idempotency-key", key);
  }
  const bool has_body = fields.has("body");
  if (const auto body = fields.object("body"); has_body) {
    request.headers.emplace("content-type", "application/json");
    request.body = body.dump();
  }
  fields.finish();
  return request;
}

Outcome<Order> read(const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Order order{.atomic = fields.boolean("atomic", false)};
  fields.ignore({"operations"});
  fields.finish();
  const auto operations = body->value("operations", Json());
  if (!operations.is_array() || operations.empty() || operations.size() > kMostOperations) {
    fields.refuse("operations", "invalid", "must be a list of 1 to 1000 operations");
    return refuse_fields(std::move(errors));
  }
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto place = "operations[" + std::to_string(i) + "]";
    if (!operations[i].is_object()) {
      fields.refuse(place, "invalid", "must be an object");
      continue;
    }
    Fields members(operations[i], errors, place + ".");
    order.operations.push_back(read_operation(request, members));
  }
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return order;
}

Json shown(std::size_t index, const http::Response& answer) {
  Json headers = Json::object();
  for (const auto& [name, value] : answer.headers) {
    const auto lower = to_lower(name);
    if (kShownHeaders.contains(lower)) headers[lower] = value;
  }
  auto body = Json::parse(answer.body, nullptr, false);
  return {{"index", index},
          {"status", answer.status},
          {"headers", std::move(headers)},
          {"body", body.is_discarded() ? Json() : std::move(body)}};
}

http::Response answer_of(const Answers& answers) {
  Json results = Json::array();
  int failed = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    failed += is_refused(*answers[i]);
    results.push_back(shown(i, *answers[i]));
  }
  const auto succeeded = static_cast<int>(answers.size()) - failed;
  return json_answer(200, {{"summary", {{"succeeded", succeeded}, {"failed", failed}}},
                           {"results", std::move(results)}});
}

// One request on its way.
class Work {
 public:
  Work(const http::Router& router, db::Pool& pool, const Order& order)
      : router_(router), pool_(pool), order_(order), answers_(order.operations.size()) {}

  Outcome<http::Response> run() {
    for (std::size_t i = 0; i < answers_.size(); ++i) answers_[i] = refused_before(i);
    if (order_.atomic) {
      if (auto done = all_or_nothing(); !done) return tl::unexpected(std::move(done.error()));
    } else {
      for (std::size_t i = 0; i < answers_.size(); i += kTogether) {
        together(i, std::min(i + kTogether, answers_.size()));
      }
    }
    return answer_of(answers_);
  }

 private:
  http::Response problem(std::size_t i, int status, const char* detail) const {
    return http::problem_response(order_.operations[i], {.status = status, .detail = detail});
  }
  bool in_time() const { return std::chrono::steady_clock::now() < deadline_; }

  bool is_full() const {
    std::size_t bytes = 0;
    for (const auto& answer : answers_) bytes += answer ? answer->body.size() : 0;
    return bytes > kMostBytes;
  }

  std::optional<http::Response> refused_before(std::size_t i) const {
    const auto& request = order_.operations[i];
    if (const auto wait = router_.count(request.caller); wait > std::chrono::seconds(0)) {
      auto beyond = problem(i, 429, "too many requests: wait as long as Retry-After says");
      beyond.headers.emplace_back("Retry-After", std::to_string(wait.count()));
      return beyond;
    }
    const auto* access = router_.access_of(request);
    if (access == nullptr) return std::nullopt;  // the router knows what to say
    if (!access->bulk) {
      return problem(i, 422, "bulk requests cannot do this: send it as a request of its own");
    }
    if (access->once || request.header("idempotency-key").empty()) return std::nullopt;
    return problem(i, 422, "this operation heeds no Idempotency-Key: leave it out");
  }

  http::Response ask(std::size_t i) const {
    if (!in_time()) return problem(i, 503, "it was not tried: the time for the request was over");
    if (is_full()) {
      return problem(i, 503, "it was not tried: the answers before it are 16 MiB: ask once more");
    }
    return router_.ask(order_.operations[i], deadline_);
  }

  void one_by_one(std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i) {
      if (!answers_[i]) answers_[i] = ask(i);
    }
  }

  // Each undoes only itself. When the transaction ends all the same, because a statement failed or
  // others were in its way again and again, nothing of it holds: then they are done one by one.
  void together(std::size_t first, std::size_t last) {
    if (!in_time() || is_full()) return one_by_one(first, last);
    const Answers before(answers_.begin() + static_cast<std::ptrdiff_t>(first),
                         answers_.begin() + static_cast<std::ptrdiff_t>(last));
    const auto again = [&] {
      std::copy(before.begin(), before.end(),
                answers_.begin() + static_cast<std::ptrdiff_t>(first));
    };
    bool committing = false;
    const auto done = pool_.transact([&](pqxx::work& tx) -> Result<void> {
      again();
      committing = false;
      auto steps = in_steps(tx, first, last);
      committing = steps.has_value();
      return steps;
    });
    if (done) return;
    again();
    if (is_open(done.error(), committing)) {
      for (auto i = first; i < last; ++i) {
        if (!answers_[i]) answers_[i] = problem(i, 503, kUnknown);
      }
    }
    one_by_one(first, last);
  }

  // What several changes append to the audit trail comes last, in the order in which others append:
  // rows first.
  Result<void> in_steps(pqxx::work& tx, std::size_t first, std::size_t last) {
    store::let_audit_wait(tx);
    db::Joined joined(tx);
    for (auto i = first; i < last; ++i) {
      if (answers_[i]) continue;
      bool goes_on = joined.begin_step();
      if (goes_on) answers_[i] = ask(i);
      joined.throw_collision();
      if (goes_on && is_refused(*answers_[i])) goes_on = joined.undo_step();
      if (!goes_on) return fail(Fault::conflict, "a statement of one of them failed");
    }
    store::append_waiting_audit(tx);
    return {};
  }

  Outcome<void> all_or_nothing() {
    const auto before = answers_;
    bool over = false, collided = false, committing = false;
    const auto done = pool_.transact([&](pqxx::work& tx) -> Result<void> {
      answers_ = before;
      over = collided = committing = false;
      try {
        over = !each_until_refused(tx);
        committing = !over;
      } catch (const std::exception& trouble) {
        collided = db::is_collision(trouble);
        throw;
      }
      if (over) return fail(Fault::conflict, "one of them was refused");
      return {};
    });
    if (done) return {};
    if (collided) {
      return refuse(http::Problem{
          .status = 409,
          .detail = "others changed something at the same time, again and again: try again"});
    }
    if (is_open(done.error(), committing)) return refuse(Fault::unavailable, kUnknown);
    if (!over) return tl::unexpected<Refusal>(without_sql(done.error()));
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      if (answers_[i] && is_refused(*answers_[i])) continue;
      answers_[i] = problem(i, 424, "it is not done, because another one was refused");
    }
    return {};
  }

  bool each_until_refused(pqxx::work& tx) {
    store::let_audit_wait(tx);
    db::Joined joined(tx);
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      if (!answers_[i]) answers_[i] = ask(i);
      joined.throw_collision();
      if (is_refused(*answers_[i])) return false;
    }
    store::append_waiting_audit(tx);
    return true;
  }

  const http::Router& router_;
  db::Pool& pool_;
  const Order& order_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + kLongest;
  Answers answers_;  // nothing: not asked yet
};

// Who works on one now; given back with what take() returns. Threads: any.
class Turns {
 public:
  std::shared_ptr<void> take() {
    const std::shared_ptr<void> turn(this, [this](void*) { --taken_; });
    return ++taken_ <= kAtOnce ? turn : nullptr;
  }

 private:
  std::atomic<int> taken_{0};
};

}  // namespace

void add_bulk_routes(http::Router& router, Context& context) {
  const auto pool =
      std::make_shared<db::Pool>(db::Config{.url = context.config.database_url,
                                            .application_name = "monitron-api bulk",
                                            .size = kAtOnce,
                                            .statement_timeout = kLongestStatement,
                                            .transaction_timeout = kLongestTransaction});
  const auto turns = std::make_shared<Turns>();
  mount(router, http::Method::post, "/api/v1/bulk", http::needs_somewhere("bulk:write"),
        [&router, pool, turns](const http::Request& request) -> Outcome<http::Response> {
          const auto order = read(request);
          if (!order) return tl::unexpected(order.error());
          const auto turn = turns->take();
          if (!turn) {
            return refuse(http::Problem{.status = 503,
                                        .detail = "others are worked on: nothing was done",
                                        .headers = {{"Retry-After", "1"}}});
          }
          return Work(router, *pool, *order).run();
        });
}

}  // namespace monitron::api
