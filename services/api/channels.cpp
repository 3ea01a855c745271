#include "api/channels.hpp"

#include "api/check_secrets.hpp"
#include "api/resource.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "store/channels.hpp"
#include "store/notifications.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::string_view kOfOthers = "users:write";  // also to see and change what is theirs

constexpr int kMostChannels = 50;  // of one person
constexpr std::size_t kSecretBytes = 32;

// As it is read from a body: with its secret in the clear, until it is sealed.
struct ChannelRow : store::Channel {
  ChannelRow() = default;
  explicit ChannelRow(store::Channel row) : store::Channel(std::move(row)) {}
  std::string plain{};  // given, or "" or the mask: as it is
  bool made = false;    // here, and shown once
};

void read_email(Fields& fields, ChannelRow& row) {
  row.target = fields.text("address", {.min = 3, .max = 254, .required = true});
  const bool plain = std::all_of(row.target.begin(), row.target.end(),
                                 [](char c) { return c > 0x20 && c < 0x7f; });
  if (!row.target.empty() && !(plain && is_email(row.target))) {
    fields.refuse("address", "invalid", "is not an e-mail address like name@host.example");
  }
  for (const char* name : {"url", "secret"}) {
    if (fields.has(name)) fields.refuse(name, "invalid", "is of webhooks");
  }
  fields.ignore({"url", "secret"});
}

void read_webhook(Fields& fields, const probe::Outgoing& outgoing, ChannelRow& row) {
  row.target = fields.text("url", {.min = 10, .max = 2048, .required = true});
  if (!row.target.empty()) {
    const auto good = outgoing.check_url(row.target);
    if (!good) fields.refuse("url", "invalid", good.error().text);
  }
  row.plain = fields.text("secret", {.max = 256});
  if (!row.plain.empty() && row.plain != kMask && row.plain.size() < 16) {
    fields.refuse("secret", "too_short", "must be at least 16 bytes long");
  }
  if (fields.has("address")) fields.refuse("address", "invalid", "is of e-mail");
  fields.ignore({"address"});
}

ChannelRow read(Fields& fields, const probe::Outgoing& outgoing) {
  ChannelRow row;
  row.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  row.kind = fields.choice("kind", {"email", "webhook"}, "");
  row.enabled = fields.boolean("enabled", true);
  if (row.kind == "email") {
    read_email(fields, row);
  } else if (row.kind == "webhook") {
    read_webhook(fields, outgoing, row);
  } else {
    fields.ignore({"address", "url", "secret"});
  }
  fields.ignore({"user_id", "last_notification"});
  return row;
}

Json writable(const ChannelRow& row) {
  const bool webhook = row.kind == "webhook";
  return {{"name", row.name},
          {"kind", row.kind},
          {"address", webhook ? Json(nullptr) : Json(row.target)},
          {"url", webhook ? Json(row.target) : Json(nullptr)},
          {"secret", webhook ? Json(kMask) : Json(nullptr)},
          {"enabled", row.enabled}};
}

using LastNotifications = std::map<Uuid, store::LastNotification>;

Json last_json(const LastNotifications& all, const Uuid& channel) {
  const auto found = all.find(channel);
  if (found == all.end()) return nullptr;
  const auto& last = found->second;
  return {{"kind", last.kind},
          {"state", last.state},
          {"detail", last.detail},
          {"at", to_rfc3339(last.at)}};
}

Json show(const ChannelRow& row, const LastNotifications& last) {
  Json json = {{"id", row.id.str()}, {"user_id", row.user_id.str()}};
  json.update(writable(row));
  if (row.made) json["secret"] = row.plain;
  json["last_notification"] = last_json(last, row.id);
  json["version"] = row.version;
  json["created_at"] = to_rfc3339(row.created_at);
  json["updated_at"] = to_rfc3339(row.updated_at);
  return json;
}

// Seals what was given, makes a secret where there is none, and keeps the one there is.
void seal(const auth::Vault& vault, const std::string& known, ChannelRow& row,
          std::vector<http::FieldError>& errors) {
  const bool given = !row.plain.empty() && row.plain != kMask;
  if (row.kind != "webhook") return;
  if (!given && !known.empty()) {
    row.secret = known;
    return;
  }
  if (row.plain == kMask) {
    errors.push_back({"secret", "invalid", "has no earlier value to keep"});
    return;
  }
  if (!given) row.plain = to_base64url(random_string(kSecretBytes));
  row.made = !given;
  auto sealed = vault.seal(row.plain, store::channel_secret_context(row.id));
  if (sealed) row.secret = std::move(*sealed);
  if (!sealed) errors.push_back({"secret", "invalid", sealed.error().text});
}

void verify(const auth::Vault& vault, pqxx::work& tx, ChannelRow& row,
            std::vector<http::FieldError>& errors) {
  const auto known = store::find_channel(tx, row.id);
  if (!known && store::count_channels(tx, row.user_id) >= kMostChannels) {
    errors.push_back({"name", "too_many", "somebody has at most 50 channels"});
  }
  seal(vault, known ? known->secret : "", row, errors);
}

// The row as it is stored now, with what only this answer shows.
ChannelRow stored(store::Channel now, const ChannelRow& asked) {
  ChannelRow row(std::move(now));
  row.plain = asked.plain;
  row.made = asked.made;
  return row;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::channel_listing(), {"all"});
  if (!query) return tl::unexpected(query.error());
  const auto owner = owner_query(request);
  if (!owner) return tl::unexpected(owner.error());
  LastNotifications last;
  const auto page = in_transaction(context.database, [&](pqxx::work& tx) {
    auto found = store::list_channels(tx, *query, *owner);
    std::vector<Uuid> ids;
    for (const auto& row : found.items) ids.push_back(row.id);
    last = store::last_notifications(tx, ids);
    return found;
  });
  if (!page) return tl::unexpected(page.error());
  return page_answer(request, *page,
                     [&](const store::Channel& row) { return show(ChannelRow(row), last); });
}

Outcome<http::Response> test(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto channel = store::find_channel(tx, *id);
    if (!channel || !is_own(request.caller, channel->user_id)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    if (!channel->enabled) return refuse(Fault::conflict, "the channel is switched off");
    if (store::tests_lately(tx, *id) >= 10) {
      return refuse(http::Problem{.status = 429, .detail = "at most 10 trials in 10 minutes"});
    }
    const auto made = store::insert_channel_test(tx, *id);
    store::append_audit(
        tx, audit_entry(request, "channel.test", id->str(), {{"target", channel->target}}));
    return json_answer(202, {{"id", made.str()}});
  });
}

Resource<ChannelRow> resource_of(Context& context) {
  Resource<ChannelRow> resource;
  resource.name = "channel";
  resource.path = "/api/v1/channels";
  resource.reading = resource.writing = "session";
  resource.read = [&context](Fields& fields) { return read(fields, context.config.outgoing); };
  resource.writable = writable;
  resource.show = [](pqxx::work& tx, const ChannelRow& row) {
    return show(row, store::last_notifications(tx, {row.id}));
  };
  resource.is_for = [](const auto& caller, const auto& row) { return is_own(caller, row.user_id); };
  resource.claim = [](pqxx::work&, const http::Caller& caller, ChannelRow& row) {
    row.user_id = Uuid::parse(caller.id).value_or(Uuid{});
  };
  resource.keep = [](const ChannelRow& before, ChannelRow& row) { row.user_id = before.user_id; };
  resource.verify = [&context](pqxx::work& tx, ChannelRow& row, auto& errors) {
    verify(context.vault, tx, row, errors);
  };
  resource.find = [](pqxx::work& tx, const Uuid& id) -> std::optional<ChannelRow> {
    auto row = store::find_channel(tx, id);
    if (!row) return std::nullopt;
    return ChannelRow(std::move(*row));
  };
  resource.insert = [](pqxx::work& tx, const ChannelRow& row) {
    return stored(store::insert_channel(tx, row), row);
  };
  resource.update = [](pqxx::work& tx, const ChannelRow& row) -> std::optional<ChannelRow> {
    auto now = store::update_channel(tx, row);
    if (!now) return std::nullopt;
    return stored(std::move(*now), row);
  };
  resource.remove = store::delete_channel;
  return resource;
}

}  // namespace

bool is_own(const http::Caller& caller, const Uuid& user) {
  return caller.id == user.str() || caller.may(kOfOthers);
}

bool is_told(pqxx::work& tx, const http::Caller& caller, std::string_view permission,
             const store::Incident& incident) {
  if (incident.audience && !is_own(caller, *incident.audience)) return false;
  return store::is_told_in_scope(tx, scope_of(caller, permission), incident.labels);
}

Outcome<std::optional<Uuid>> owner_query(const http::Request& request) {
  const auto all = choice_query(request, "all", {"true", "false"});
  if (!all) return tl::unexpected(all.error());
  if (*all != "true") return Uuid::parse(request.caller.id).value_or(Uuid{});
  if (!request.caller.may(kOfOthers)) {
    return refuse(Fault::denied, "all of them are for administrators");
  }
  return std::optional<Uuid>();
}

void add_channel_routes(http::Router& router, Context& context) {
  const auto resource = resource_of(context);
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
  mount(router, http::Method::post, resource.path + "/:id/test", resource.writing,
        [&context](const auto& request) { return test(context, request); });
}

}  // namespace monitron::api
