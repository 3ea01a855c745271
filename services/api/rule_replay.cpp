// POST /api/v1/rules/replay: which pages a rule would have sent over what is stored, and which of
// them another version of it would have sent too.

#include "api/jobs.hpp"
#include "api/listing.hpp"
#include "api/query_answer.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"
#include "promql/parser.hpp"
#include "rules/replay.hpp"
#include "rules/threshold_query.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLongest = 30s;

using Work = std::shared_ptr<http::LongWork>;

struct Asked {
  store::Rule rule{};
  std::optional<Uuid> compare_with{};
  rules::ReplayRange range{};
};

bool can_be_replayed(const store::Rule& rule) {
  return rule.kind == "promql" || rule.kind == "threshold";
}
constexpr const char* kCannot = "only rules of the kinds promql and threshold can be replayed";

Outcome<Asked> read(const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  Asked asked;
  const auto rule = fields.object("rule");
  Fields of_rule(rule, errors, "rule.");
  asked.rule = read_rule(of_rule);
  of_rule.ignore({"id", "version", "created_at", "updated_at"});
  of_rule.finish();
  if (!can_be_replayed(asked.rule)) of_rule.refuse("kind", "invalid", kCannot);
  asked.compare_with = fields.uuid("compare_with");
  const auto from = fields.time("from");
  const auto to = fields.time("to");
  for (const char* name : {"from", "to"}) {
    if (!fields.has(name)) fields.refuse(name, "required", "is missing");
  }
  fields.finish();
  if (from && to) {
    asked.range = {*from, *to};
    if (*to < *from) fields.refuse("to", "invalid", "is before from");
    if (*to - *from > rules::kLongestReplay) {
      fields.refuse("from", "invalid", "is more than 31 days before to");
    }
  }
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return asked;
}

rules::ReplayedRule replayed(const store::Rule& rule) {
  rules::ReplayedRule out;
  auto expr = rule.expr;
  if (const auto threshold = domain::parse_threshold(expr); threshold && rule.kind == "threshold") {
    expr = rules::query_of(*threshold, rule.label_selector);
  }
  out.expr = promql::parse(expr).value_or(nullptr);
  out.interval = std::chrono::seconds(rule.interval_seconds);
  out.alerting = {
      rule.name,
      {std::chrono::seconds(rule.for_seconds), std::chrono::seconds(rule.keep_firing_for_seconds)},
      rule.labels,
      {}};
  out.alerting.labels["severity"] = rule.severity;
  return out;
}

Json show(const std::vector<rules::Page>& pages) {
  Json list = Json::array();
  for (const auto& page : pages) {
    list.push_back({{"labels", page.labels},
                    {"fired_at", to_rfc3339(page.fired_at)},
                    {"resolved_at", time_or_null(page.resolved_at)},
                    {"value", promql::format_value(page.value)}});
  }
  return list;
}

Json show(const rules::Replayed& replayed) {
  return {{"pages", show(replayed.pages)},
          {"truncated", replayed.truncated},
          {"until", to_rfc3339(replayed.until)},
          {"failed_evaluations", replayed.failed},
          {"first_failure", replayed.first_failure}};
}

// What can be compared: the pages until the earlier of both ends.
std::vector<rules::Page> until(std::vector<rules::Page> pages, Instant end) {
  std::erase_if(pages, [end](const rules::Page& page) { return page.fired_at > end; });
  return pages;
}

Json answer_of(const rules::Replayed& now, const std::optional<rules::Replayed>& before) {
  Json json = {{"new", show(now)}, {"old", before ? show(*before) : Json(nullptr)}};
  const auto end = before ? std::min(now.until, before->until) : now.until;
  const auto difference = rules::difference_of(
      until(now.pages, end), before ? until(before->pages, end) : std::vector<rules::Page>());
  json["only_new"] = show(difference.only_new);
  json["only_old"] = show(difference.only_old);
  json["both"] = difference.both;
  json["truncated"] = now.truncated || (before && before->truncated);
  return json;
}

// Live, a threshold rule is asked about what servers send and checks measure, and nothing else.
Result<rules::Replayed> replay(const store::Rule& rule, const Asked& asked, promql::Source& source,
                               promql::Budget& budget, double share,
                               const rules::ReplayProgress& progress) {
  auto done = rules::replay(replayed(rule), asked.range, source, budget, share, progress);
  if (!done || rule.kind != "threshold") return done;
  std::erase_if(done->pages, [](const rules::Page& page) {
    return !page.labels.contains("server_id") && !page.labels.contains("check_id");
  });
  return done;
}

// In seconds of what is replayed, after so many.
rules::ReplayProgress progress_of(const Work& work, std::int64_t before) {
  if (!work) return {};
  return [work, before](std::chrono::seconds done) { work->done = before + done.count(); };
}

Outcome<http::Response> run(const Asked& asked, const std::optional<store::Rule>& other,
                            promql::Source& source, promql::Budget& budget, const Work& work) {
  const auto range =
      std::chrono::duration_cast<std::chrono::seconds>(asked.range.to - asked.range.from).count();
  if (work) work->total = other ? 2 * range : range;
  const auto now = replay(asked.rule, asked, source, budget, other ? 0.5 : 0, progress_of(work, 0));
  if (!now) return tl::unexpected<Refusal>(now.error());
  if (!other) return json_answer(200, answer_of(*now, std::nullopt));
  const auto before = replay(*other, asked, source, budget, 0, progress_of(work, range));
  if (!before) return tl::unexpected<Refusal>(before.error());
  return json_answer(200, answer_of(*now, *before));
}

Outcome<std::optional<store::Rule>> other_version(Context& context, const Asked& asked) {
  using Other = Outcome<std::optional<store::Rule>>;
  if (!asked.compare_with) return std::optional<store::Rule>();
  return in_transaction(context.database, [&](pqxx::work& tx) -> Other {
    auto found = store::find_rule(tx, *asked.compare_with);
    if (!found) return refuse_fields({{"compare_with", "not_found", "no rule has this id"}});
    if (!can_be_replayed(*found)) return refuse_fields({{"compare_with", "invalid", kCannot}});
    return found;
  });
}

void serve(Context& context, const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  const auto asked = read(request);
  if (!asked) return exchange->send(to_response(request, asked.error()));
  const auto other = other_version(context, *asked);
  if (!other) return exchange->send(to_response(request, other.error()));
  if (is_for_later(request)) {
    return exchange->send(to_response(request, accept_job(context, "rule_replay", request)));
  }
  auto limits = context.queries.limits();
  limits.time =
      request.work ? std::chrono::milliseconds(kLongestJob) : std::min(limits.time, kLongest);
  answer_by_query(
      context.queries, limits, exchange,
      [asked = *asked, other = *other, work = request.work](auto& source, auto& budget) {
        return run(asked, other, source, budget, work);
      });
}

}  // namespace

void add_rule_replay_routes(http::Router& router, Context& context) {
  router.add_async(
      http::Method::post, "/api/v1/rules/replay", http::needs("metrics:read"),
      [&context](const std::shared_ptr<http::Exchange>& exchange) { serve(context, exchange); });
}

}  // namespace monitron::api
