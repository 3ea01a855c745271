#include "api/stream.hpp"

#include "api/answer.hpp"
#include "api/scope.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "db/limited.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPath = "/api/v1/stream";
constexpr const char* kGraphqlPath = "/api/v1/graphql";
constexpr std::size_t kMaxGathered = 512u << 10;
// As many as a client's queue takes, and some more.
constexpr std::size_t kMostMissed = 1000;
constexpr std::size_t kMostMissedBytes = kMaxGathered;
constexpr std::size_t kMostNames = 200'000;
const std::string kResync = R"({"type":"resync"})";
constexpr int kPolicyViolation = 1008;
constexpr int kTryAgainLater = 1013;

http::SocketConfig socket_config(const Config& config) {
  http::SocketConfig socket;
  socket.address = config.stream.address;
  socket.port = config.stream.port;
  socket.conversation = kGraphqlSubprotocol;
  return socket;
}

LiveEvent resync() {
  return {.text = []() -> const std::string& { return kResync; }};
}

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

// What an event names is all of these, and something is.
bool is_within(const std::set<std::string>& sources, const LiveEvent& event) {
  if (event.source.empty() && event.instance.empty()) return false;
  const auto fits = [&](const std::string& id) { return id.empty() || sources.contains(id); };
  return fits(event.source) && fits(event.instance);
}

}  // namespace

Stream::Stream(Context& context, Access& access, loop::Workers& workers, const GraphqlDoor& graphql)
    : context_(context),
      access_(access),
      workers_(workers),
      labels_([this](const Uuid& check) { return look_up(check); }, context.clock, 30s, kMostNames),
      graphql_(graphql, for_graphql()),
      server_(
          socket_config(context.config),
          {[this](const http::Request& request) { return admit(request); },
           [this](http::SocketId id, const http::Request& request) { opened(id, request); },
           [this](http::SocketId id) { closed(id); },
           [this](http::SocketId id, std::string text) { graphql_.heard(id, std::move(text)); }}) {}

GraphqlSockets::Stream Stream::for_graphql() {
  return {
      .let_in = [this](http::SocketId id,
                       const http::Request& request) { return let_in_graphql(id, request); },
      .caller_of = [this](http::SocketId id) { return caller_of(id); },
      .follow =
          [this](http::SocketId id, const std::string& operation, StreamWishes wishes,
                 GraphqlSockets::Sink sink) {
            return follow({id, operation}, std::move(wishes), std::move(sink));
          },
      .unfollow =
          [this](http::SocketId id, const std::string& operation) {
            const std::lock_guard lock(mutex_);
            subscriptions_.erase({id, operation});
          },
      .send = [this](http::SocketId id,
                     const std::string& text) { server_.send(id, http::SocketFrame(text)); },
      .close = [this](http::SocketId id, int code,
                      std::string reason) { server_.close(id, code, std::move(reason)); },
  };
}

void Stream::closed(http::SocketId id) {
  graphql_.closed(id);
  const std::lock_guard lock(mutex_);
  forget(id);
}

// With the mutex held.
void Stream::forget(http::SocketId id) {
  connections_.erase(id);
  const auto first = subscriptions_.lower_bound({id, ""});
  const auto last = subscriptions_.lower_bound({id + 1, ""});
  subscriptions_.erase(first, last);
}

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

int Stream::admit(const http::Request& request) const {
  const bool graphql = request.path == kGraphqlPath;
  if (request.path != kPath && !graphql) return 404;
  if (!origin_is_ours(request)) return 403;
  if (graphql && !graphql_.has_room(request.peer)) return 503;
  // Each has its own language.
  if (graphql == request.header("sec-websocket-protocol").empty()) return 400;
  if (!graphql && !read_stream_wishes(request)) return 400;
  if (const auto ticket = request.query_one("ticket")) {
    return context_.jwt.verify(auth::Use::ticket, *ticket) ? 0 : 401;
  }
  const auto header = request.header("authorization");
  if (graphql && header.empty()) return 0;  // it comes with connection_init
  const auto bearer = auth::bearer_of(header);
  if (auth::looks_like(auth::TokenKind::api, bearer)) return 0;  // asked for in let_in
  return context_.jwt.verify(auth::Use::access, bearer) ? 0 : 401;
}

Stream::~Stream() { stop(); }

void Stream::stop() {
  graphql_.drop();
  server_.stop();
  graphql_.stop();
  std::unique_lock lock(mutex_);
  closing_ = true;
  nobody_enters_.wait(lock, [this] { return entering_ == 0; });
}

void Stream::opened(http::SocketId id, const http::Request& request) {
  if (request.path == kGraphqlPath) return graphql_.opened(id, request);
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    ++entering_;
  }
  const auto leave = [this] {
    const std::lock_guard lock(mutex_);
    if (--entering_ == 0) nobody_enters_.notify_all();
  };
  const bool taken = workers_.run([this, id, request, leave] {
    let_in(id, request);
    leave();
  });
  if (taken) return;
  leave();
  server_.close(id, kTryAgainLater, "busy");
}

Result<Stream::Connection> Stream::identify(const http::Request& request) {
  const auto ticket = request.query_one("ticket");
  if (!ticket) {
    auto caller = access_(request);
    if (!caller) return fail(caller.error());
    return Connection{.caller = *std::move(caller),
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
  return Connection{.caller = *std::move(caller), .claims = *claims};
}

void Stream::let_in(http::SocketId id, const http::Request& request) {
  const auto wishes = read_stream_wishes(request);
  if (!wishes) return server_.close(id, kPolicyViolation, "bad request");
  auto connection = identify(request);
  if (!connection || !may_follow(connection->caller, wishes->topics)) {
    return server_.close(id, kPolicyViolation, "not allowed");
  }
  auto reach = reach_of(connection->caller, wishes->topics);
  if (!reach) return server_.close(id, kTryAgainLater, "busy");
  connection->reach = *std::move(reach);
  const auto& caller = connection->caller;
  log::info("stream.opened", "",
            {{"caller", caller.kind + ":" + caller.id}, {"peer", request.peer}});
  const std::lock_guard lock(mutex_);
  if (!server_.is_open(id)) return;  // it has gone meanwhile
  const auto handle = connections_[id] = std::make_shared<Connection>(*std::move(connection));
  auto& one = subscriptions_[{id, ""}] = {.connection = handle, .wishes = *wishes};
  catch_up(id, one);
}

Result<http::Caller> Stream::let_in_graphql(http::SocketId id, const http::Request& request) {
  auto connection = identify(request);
  if (!connection) return fail(connection.error());
  connection->graphql = true;
  const auto caller = connection->caller;
  const std::lock_guard lock(mutex_);
  const auto others = std::count_if(connections_.begin(), connections_.end(), [&](const auto& one) {
    const auto& other = one.second->caller;
    return one.second->graphql && other.kind == caller.kind && other.id == caller.id;
  });
  if (static_cast<std::size_t>(others) >= kMostOfCaller) {
    return fail(Fault::conflict, "too many connections");
  }
  if (!server_.is_open(id)) return caller;
  connections_[id] = std::make_shared<Connection>(*std::move(connection));
  server_.trust(id);
  return caller;
}

Result<http::Caller> Stream::caller_of(http::SocketId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return fail(Fault::denied, "it is no longer let in");
  return found->second->caller;
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
  for (auto& [topic, sources] : *reach) connection->second->reach[topic] = std::move(sources);
  auto& one = subscriptions_[operation] = {
      .connection = connection->second, .wishes = std::move(wishes), .sink = std::move(sink)};
  catch_up(operation.first, one);
  return {};
}

// With the mutex held, as what follows: nothing comes between what is caught up with and what is
// live.
void Stream::catch_up(http::SocketId id, Subscription& one) {
  if (one.wishes.after.empty()) return;
  auto missed = backlog_.after(one.wishes.after);
  if (missed) std::erase_if(*missed, [&](const auto& event) { return !may_see(one, event); });
  std::size_t bytes = 0;
  if (missed) {
    for (const auto& event : *missed) bytes += event.text().size();
  }
  std::optional<http::SocketFrame> none;
  if (!missed || missed->size() > kMostMissed || bytes > kMostMissedBytes) {
    return send_to(id, one, resync(), none);
  }
  for (const auto& event : *missed) {
    none.reset();
    send_to(id, one, event, none);
  }
}

Result<Stream::Reach> Stream::reach_of(const http::Caller& caller,
                                       const std::set<Topic>& topics) const {
  Reach reach;
  for (const auto topic : topics) {
    auto& sources = reach[topic];
    for (const auto* permission : permissions_of(topic)) {
      const auto scope = scope_of(caller, permission);
      if (!scope) continue;
      const db::Limited held(store::scope_parameter(scope));
      const auto found = context_.database.transact(
          [&](pqxx::work& tx) { return store::sources_in_scope(tx, scope); });
      if (!found) return fail(found.error());
      if (!sources) sources = *found;
      std::erase_if(*sources, [&](const auto& id) { return !found->contains(id); });
    }
  }
  return reach;
}

void Stream::recheck() {
  std::map<http::SocketId, std::pair<Connection, std::set<Topic>>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, one] : connections_) {
      all[id].first = {
          .claims = one->claims, .authorization = one->authorization, .graphql = one->graphql};
    }
    for (const auto& [follower, one] : subscriptions_) {
      all[follower.first].second.insert(one.wishes.topics.begin(), one.wishes.topics.end());
    }
  }
  for (const auto& [id, one] : all) look_again(id, one.first, one.second);
}

void Stream::look_again(http::SocketId id, const Connection& connection,
                        const std::set<Topic>& topics) {
  http::Request request;
  request.headers["authorization"] = connection.authorization;
  const auto& claims = connection.claims;
  const auto caller = claims.subject.empty() ? access_(request) : context_.grants.caller_of(claims);
  // A database that is away revokes nothing.
  if (!caller && caller.error().fault != Fault::denied) return;
  const bool may = caller && may_follow(*caller, topics) &&
                   (!connection.graphql || caller->may_somewhere("graphql:query"));
  auto reach = may ? reach_of(*caller, topics) : Reach{};
  if (!reach) return;
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!may) {
    forget(id);
    return server_.close(id, kPolicyViolation, "no longer allowed");
  }
  found->second->caller = *caller;
  for (auto& [topic, sources] : *reach) found->second->reach[topic] = std::move(sources);
}

bool Stream::anybody(Topic topic) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const auto& one) { return one.second.wishes.topics.contains(topic); });
}

void Stream::tapped(std::uint64_t connections) {
  const std::lock_guard lock(mutex_);
  const auto before = std::exchange(taps_, connections);
  if (before == 0 || before == connections) return;
  backlog_.clear();
  std::optional<http::SocketFrame> frame;
  for (auto& [follower, one] : subscriptions_) {
    const auto& topics = one.wishes.topics;
    if (topics.contains(Topic::states) || topics.contains(Topic::alerts) ||
        topics.contains(Topic::jobs)) {
      send_to(follower.first, one, resync(), frame);
    }
  }
}

bool Stream::labels_matter() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(), [&](const auto& one) {
    return one.second.wishes.topics.contains(Topic::checks) && !one.second.wishes.labels.empty();
  });
}

bool Stream::may_see(const Subscription& one, const LiveEvent& event) {
  const auto& audience = event.audience;
  const auto& reach = one.connection->reach;
  const auto sources = reach.find(event.topic);
  return wants(one.wishes, event) && (audience.empty() || audience == one.connection->caller.id) &&
         sources != reach.end() && (!sources->second || is_within(*sources->second, event));
}

void Stream::send(const LiveEvent& event) {
  std::optional<http::SocketFrame> frame;
  const std::lock_guard lock(mutex_);
  if (!backlog_.add(event)) return;
  for (auto& [follower, one] : subscriptions_) {
    if (may_see(one, event)) send_to(follower.first, one, event, frame);
  }
}

// `frame`: the event's, made when it is needed.
void Stream::send_to(http::SocketId id, Subscription& one, const LiveEvent& event,
                     std::optional<http::SocketFrame>& frame) {
  const auto& text = event.text();
  if (one.sink) {
    one.sink(text);
  } else if (!one.wishes.batch) {
    if (!frame) frame.emplace(text);
    server_.send(id, *frame);
  } else if (one.gathered.size() + text.size() > kMaxGathered) {
    ++one.left_out;
  } else {
    one.gathered += one.gathered.empty() ? '[' : ',';
    one.gathered += text;
  }
}

void Stream::flush() {
  graphql_.tick();
  const std::lock_guard lock(mutex_);
  for (auto& [follower, one] : subscriptions_) {
    if (one.gathered.empty()) continue;
    if (one.left_out > 0) {
      one.gathered += R"(,{"type":"dropped","count":)" + std::to_string(one.left_out) + "}";
      one.left_out = 0;
    }
    one.gathered += ']';
    server_.send(follower.first, http::SocketFrame(one.gathered));
    one.gathered.clear();
  }
}

}  // namespace monitron::api
