// Which alerts somebody is told of, and with which threshold of the own.

#include "api/channels.hpp"
#include "api/resource.hpp"
#include "rules/limit.hpp"
#include "store/channels.hpp"
#include "store/rules.hpp"

namespace monitron::api {
namespace {

using store::Subscription;

constexpr int kMostSubscriptions = 200;  // of one person

Subscription read(Fields& fields) {
  Subscription one;
  one.channel_id = fields.uuid("channel_id").value_or(Uuid{});
  if (!fields.has("channel_id")) fields.refuse("channel_id", "required", "is missing");
  one.rule_id = fields.uuid("rule_id");
  one.selector = fields.labels("selector");
  one.min_severity = fields.choice("min_severity", {"info", "warning", "critical"}, "info");
  one.threshold = fields.number("threshold");
  if (one.threshold && !one.rule_id) {
    fields.refuse("threshold", "invalid", "needs rule_id: it takes the place of that rule's");
  }
  one.send_resolved = fields.boolean("send_resolved", true);
  one.digest_above = fields.integer("digest_above", 0, 10'000, 10);
  // More often than that is no reminder.
  one.remind = std::chrono::seconds(fields.integer("remind_seconds", 0, 604'800, 0));
  if (one.remind.count() > 0 && one.remind.count() < 60) {
    fields.refuse("remind_seconds", "out_of_range", "must be 0 (never) or at least 60");
  }
  one.drills = fields.boolean("drills", false);
  one.enabled = fields.boolean("enabled", true);
  fields.ignore({"user_id"});
  return one;
}

Json writable(const Subscription& one) {
  return {{"channel_id", one.channel_id.str()},
          {"rule_id", id_or_null(one.rule_id)},
          {"selector", one.selector},
          {"min_severity", one.min_severity},
          {"threshold", one.threshold ? Json(*one.threshold) : Json(nullptr)},
          {"send_resolved", one.send_resolved},
          {"digest_above", one.digest_above},
          {"remind_seconds", one.remind.count()},
          {"drills", one.drills},
          {"enabled", one.enabled}};
}

Json show(const Subscription& one) {
  Json json = {{"id", one.id.str()}, {"user_id", one.user_id.str()}};
  json.update(writable(one));
  json["version"] = one.version;
  json["created_at"] = to_rfc3339(one.created_at);
  json["updated_at"] = to_rfc3339(one.updated_at);
  return json;
}

void verify(pqxx::work& tx, const Subscription& one, std::vector<http::FieldError>& errors) {
  const auto channel = store::find_channel(tx, one.channel_id);
  if (!channel || channel->user_id != one.user_id) {
    errors.push_back({"channel_id", "not_found", "no channel of this person has this id"});
  }
  const auto rule = one.rule_id ? store::find_rule(tx, *one.rule_id) : std::nullopt;
  if (one.rule_id && !rule) errors.push_back({"rule_id", "not_found", "no rule has this id"});
  if (rule && one.threshold) {
    const auto with = rules::with_limit(rule->kind, rule->expr, *one.threshold);
    if (!with) errors.push_back({"threshold", "invalid", with.error().text});
    if (store::has_other_threshold(tx, one)) {
      errors.push_back({"threshold", "conflict",
                        "another subscription has another one for this rule: a person has one"});
    }
  }
  if (!store::find_subscription(tx, one.id) &&
      store::count_subscriptions(tx, one.user_id) >= kMostSubscriptions) {
    errors.push_back({"channel_id", "too_many", "somebody has at most 200 subscriptions"});
  }
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::subscription_listing(), {"all"});
  if (!query) return tl::unexpected(query.error());
  const auto owner = owner_query(request);
  if (!owner) return tl::unexpected(owner.error());
  const auto page = in_transaction(context.database, [&](pqxx::work& tx) {
    return store::list_subscriptions(tx, *query, *owner);
  });
  if (!page) return tl::unexpected(page.error());
  return page_answer(request, *page, show);
}

}  // namespace

void add_subscription_routes(http::Router& router, Context& context) {
  Resource<Subscription> resource;
  resource.name = "subscription";
  resource.path = "/api/v1/subscriptions";
  resource.reading = resource.writing = "session";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const Subscription& one) { return show(one); };
  resource.is_for = [](const auto& caller, const auto& one) { return is_own(caller, one.user_id); };
  resource.claim = [](pqxx::work&, const http::Caller& caller, Subscription& one) {
    one.user_id = Uuid::parse(caller.id).value_or(Uuid{});
  };
  resource.keep = [](const Subscription& before, Subscription& one) {
    one.user_id = before.user_id;
  };
  resource.permit = [](pqxx::work&, const http::Caller& caller, const Subscription*,
                       const Subscription* after) -> Outcome<void> {
    if (after == nullptr || caller.may("alerts:read")) return {};
    return refuse(Fault::denied, "this needs the permission alerts:read");
  };
  resource.verify = verify;
  resource.find = store::find_subscription;
  resource.insert = store::insert_subscription;
  resource.update = store::update_subscription;
  resource.remove = store::delete_subscription;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
