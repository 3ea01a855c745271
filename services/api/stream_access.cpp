// Stream: who is let in, and who may stay.

#include "api/answer.hpp"
#include "api/scope.hpp"
#include "api/stream.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr const char* kPath = "/api/v1/stream";
constexpr const char* kGraphqlPath = "/api/v1/graphql";
constexpr int kPolicyViolation = 1008;
constexpr int kTryAgainLater = 1013;

// "https://host:port" → "host".
std::string host_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find('/'));
  if (!text.empty() && text.front() == '[') return to_lower(text.substr(0, text.find(']') + 1));
  return to_lower(text.substr(0, text.find(':')));
}

// What each topic tells of.
std::vector<const char*> permissions_of(Topic topic) {
  switch (topic) {
    case Topic::metrics:
      return {"metrics:read"};
    case Topic::checks:
    case Topic::states:
      return {"checks:read"};
    case Topic::alerts:
      return {"alerts:read", "incidents:read"};
    case Topic::jobs:
      return {"jobs:read"};
  }
  return {""};  // nobody has that
}

bool may_follow(const http::Caller& caller, const std::set<Topic>& topics) {
  return std::all_of(topics.begin(), topics.end(), [&](Topic topic) {
    const auto all = permissions_of(topic);
    return std::all_of(all.begin(), all.end(),
                       [&](const auto* one) { return caller.may_somewhere(one); });
  });
}

std::vector<store::Scope> scopes_of(const http::Caller& caller, Topic topic) {
  std::vector<store::Scope> scopes;
  for (const auto* permission : permissions_of(topic)) {
    scopes.push_back(scope_of(caller, permission));
  }
  return scopes;
}

}  // namespace

// A browser always says where its page comes from; a script says nothing and has no cookies to
// lose.
bool Stream::origin_is_ours(const http::Request& request) const {
  const auto origin = request.header("origin");
  if (origin.empty() || host_of(origin) == host_of(request.header("host"))) return true;
  for (const auto& allowed : context_.config.allowed_origins) {
    if (to_lower(allowed) == to_lower(origin)) return true;
  }
  return false;
}

std::optional<http::Problem> Stream::admit(const http::Request& request) const {
  const auto refused = [](int status, std::string detail) {
    return http::Problem{.status = status, .detail = std::move(detail)};
  };
  const bool graphql = request.path == kGraphqlPath;
  if (request.path != kPath && !graphql) return refused(404, "there is no such stream");
  if (!origin_is_ours(request)) return refused(403, "pages of this origin may not open it");
  if (!strangers_.has_room(request.peer)) {
    return refused(503, "too many connections that nobody has signed in on; try again");
  }
  // Each has its own language.
  if (graphql && request.header("sec-websocket-protocol").empty()) {
    return refused(400, std::string("speaks the subprotocol ") + kGraphqlSubprotocol);
  }
  if (!graphql && !request.header("sec-websocket-protocol").empty()) {
    return refused(400, "speaks no subprotocol");
  }
  if (!graphql) {
    const auto wishes = read_stream_wishes(request);
    if (!wishes) return refused(400, wishes.error().text);
  }
  constexpr auto kNobody = "a ticket or a token that is valid is needed";
  if (const auto ticket = request.query_one("ticket")) {
    if (context_.jwt.verify(auth::Use::ticket, *ticket)) return std::nullopt;
    return refused(401, kNobody);
  }
  const auto header = request.header("authorization");
  if (graphql && header.empty()) return std::nullopt;  // it comes with connection_init
  const auto bearer = auth::bearer_of(header);
  if (auth::looks_like(auth::TokenKind::api, bearer)) return std::nullopt;  // asked for in let_in
  if (context_.jwt.verify(auth::Use::access, bearer)) return std::nullopt;
  return refused(401, kNobody);
}

void Stream::opened(http::SocketId id, const http::Request& request) {
  if (request.path == kGraphqlPath) return graphql_.opened(id, request);
  strangers_.came(id, request.peer);
  const bool taken = letting_in_.run([this, id, request] {
    if (server_.is_open(id)) let_in(id, request);
    strangers_.left(id);
  });
  if (!taken) server_.close(id, kTryAgainLater, "busy");
}

Result<Stream::Connection> Stream::identify(const http::Request& request) {
  // Whoever it turns out to be: what is made up costs a look-up, too.
  if (door_.count({.kind = "address", .id = request.peer}).count() > 0) {
    return fail(Fault::unavailable, "too many requests of this address");
  }
  const auto ticket = request.query_one("ticket");
  if (!ticket) {
    auto caller = access_(request);
    if (!caller) return fail(caller.error());
    return Connection{.caller = std::make_shared<http::Caller>(*std::move(caller)),
                      .authorization = request.header("authorization")};
  }
  const auto claims = context_.jwt.verify(auth::Use::ticket, *ticket);
  if (!claims) return fail(Fault::denied, "the ticket is not valid");
  const auto claimed = context_.database.transact(
      [&](pqxx::work& tx) { return store::claim_ticket(tx, claims->id); });
  if (!claimed) return fail(claimed.error());
  if (!*claimed) return fail(Fault::denied, "the ticket was used");
  auto caller = context_.grants.caller_of_now(*claims);
  if (!caller) return fail(caller.error());
  return Connection{.caller = std::make_shared<http::Caller>(*std::move(caller)),
                    .claims = *claims};
}

void Stream::let_in(http::SocketId id, const http::Request& request) {
  const auto wishes = read_stream_wishes(request);
  if (!wishes) return server_.close(id, kPolicyViolation, "bad request");
  auto connection = identify(request);
  if (!connection && connection.error().fault != Fault::denied) {
    return server_.close(id, kTryAgainLater, "busy");
  }
  if (!connection || !may_follow(*connection->caller, wishes->topics)) {
    return server_.close(id, kPolicyViolation, "not allowed");
  }
  auto reach = reach_of(*connection->caller, wishes->topics);
  if (!reach) return server_.close(id, kTryAgainLater, "busy");
  connection->reach = *std::move(reach);
  const auto caller = connection->caller;
  const std::lock_guard lock(mutex_);
  if (!server_.is_open(id)) return;  // it has gone meanwhile
  const auto handle = add(id, *std::move(connection));
  if (!handle) return server_.close(id, kTryAgainLater, "too many connections");
  log::info("stream.opened", "",
            {{"caller", caller->kind + ":" + caller->id}, {"peer", request.peer}});
  auto& one = subscriptions_[{id, ""}] = {.connection = handle, .wishes = *wishes};
  catch_up(id, one);
}

Result<http::Caller> Stream::let_in_graphql(http::SocketId id, const http::Request& request) {
  auto connection = identify(request);
  if (!connection) return fail(connection.error());
  connection->graphql = true;
  const auto caller = connection->caller;
  const std::lock_guard lock(mutex_);
  if (!server_.is_open(id)) return *caller;
  if (!add(id, *std::move(connection))) return fail(Fault::conflict, "too many connections");
  server_.trust(id);
  return *caller;
}

Result<void> Stream::follow(const Follower& operation, StreamWishes wishes,
                            GraphqlSockets::Sink sink) {
  const auto caller = caller_of(operation.first);
  if (!caller) return fail(caller.error());
  if (!may_follow(*caller, wishes.topics)) {
    return fail(Fault::denied, "The permissions to follow this are missing.");
  }
  auto reach = reach_of(*caller, wishes.topics);
  if (!reach) return fail(reach.error());
  const std::lock_guard lock(mutex_);
  const auto connection = connections_.find(operation.first);
  if (connection == connections_.end()) return fail(Fault::denied, "it is no longer let in");
  for (auto& [topic, reached] : *reach) connection->second->reach[topic] = std::move(reached);
  auto& one = subscriptions_[operation] = {
      .connection = connection->second, .wishes = std::move(wishes), .sink = std::move(sink)};
  catch_up(operation.first, one);
  return {};
}

Result<Stream::Reach> Stream::reach_of(const http::Caller& caller, const std::set<Topic>& topics) {
  Reach reach;
  for (const auto topic : topics) {
    const auto scopes = scopes_of(caller, topic);
    auto sources = sources_.within(scopes);
    if (!sources) return fail(sources.error());
    reach[topic] = {ScopedSources::name_of(scopes), *std::move(sources)};
  }
  return reach;
}

void Stream::recheck() {
  sources_.renew();
  auto all = all_connected();
  const auto ended = ended_sessions(all);
  std::erase_if(all, [&](const auto& one) {
    if (!ended.contains(one.connection->claims.session)) return false;
    end(one.id, kPolicyViolation, "the session has ended");
    return true;
  });
  std::erase_if(all, [this](auto& one) { return !may_stay(one); });
  for (const auto& one : all) renew(one);
}

std::vector<Stream::Looked> Stream::all_connected() const {
  std::map<http::SocketId, Looked> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, one] : connections_) {
    auto& looked = all[id] = {.id = id, .connection = one};
    for (const auto& [topic, reached] : one->reach) looked.scopes[topic] = reached.scopes;
  }
  for (const auto& [follower, one] : subscriptions_) {
    all[follower.first].topics.insert(one.wishes.topics.begin(), one.wishes.topics.end());
  }
  std::vector<Looked> list;
  list.reserve(all.size());
  for (auto& [id, one] : all) list.push_back(std::move(one));
  return list;
}

// Of who came by a ticket. That they were revoked is known without the database, that their time is
// over is not; one that is away ends none.
std::set<std::string> Stream::ended_sessions(const std::vector<Looked>& all) const {
  std::set<std::string> sessions;
  for (const auto& one : all) {
    const auto& session = one.connection->claims.session;
    if (Uuid::parse(session)) sessions.insert(session);
  }
  const auto ended = context_.database.transact(
      [&](pqxx::work& tx) { return store::ended_families(tx, sessions); });
  return ended ? *ended : std::set<std::string>();
}

// Who asks is known as of now then.
bool Stream::may_stay(Looked& one) {
  http::Request request;
  request.headers["authorization"] = one.connection->authorization;
  const auto& claims = one.connection->claims;
  auto caller = claims.subject.empty() ? access_(request) : context_.grants.caller_of(claims);
  // A database that is away revokes nothing.
  if (!caller && caller.error().fault != Fault::denied) return false;
  const bool may = caller && may_follow(*caller, one.topics) &&
                   (!one.connection->graphql || caller->may_somewhere("graphql:query"));
  if (!may) {
    end(one.id, kPolicyViolation, "no longer allowed");
    return false;
  }
  const auto now = std::make_shared<const http::Caller>(*std::move(caller));
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(one.id);
  if (found == connections_.end()) return false;
  one.caller = found->second->caller = shared(now);
  return true;
}

// What cannot be read now stays as it is for those whose scopes are the same; of others it is not
// known what they may hear of.
void Stream::renew(const Looked& one) {
  const auto same = [&](Topic topic) {
    const auto before = one.scopes.find(topic);
    return before != one.scopes.end() &&
           before->second == ScopedSources::name_of(scopes_of(*one.caller, topic));
  };
  auto reach = reach_of(*one.caller, one.topics);
  if (!reach && !std::all_of(one.topics.begin(), one.topics.end(), same)) {
    return end(one.id, kTryAgainLater, "busy");
  }
  if (!reach) return;
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(one.id);
  if (found == connections_.end()) return;
  for (auto& [topic, reached] : *reach) found->second->reach[topic] = std::move(reached);
}

// From now on it hears of nothing.
void Stream::end(http::SocketId id, int code, const char* reason) {
  const std::lock_guard lock(mutex_);
  forget(id);
  server_.close(id, code, reason);
}

}  // namespace monitron::api
