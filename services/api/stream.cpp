#include "api/stream.hpp"

#include "api/answer.hpp"
#include "auth/token.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPath = "/api/v1/stream";
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
bool may_follow(const http::Caller& caller, const std::set<Topic>& topics) {
  return std::all_of(topics.begin(), topics.end(), [&](Topic topic) {
    switch (topic) {
      case Topic::metrics:
        return caller.may("metrics:read");
      case Topic::checks:
      case Topic::states:
        return caller.may("checks:read");
      case Topic::alerts:
        return caller.may("alerts:read") && caller.may("incidents:read");
    }
    return false;
  });
}

}  // namespace

Stream::Stream(Context& context, Access& access, loop::Workers& workers)
    : context_(context),
      access_(access),
      workers_(workers),
      labels_([this](const Uuid& check) { return look_up(check); }, context.clock, 30s, kMostNames),
      server_(socket_config(context.config),
              {[this](const http::Request& request) { return admit(request); },
               [this](http::SocketId id, const http::Request& request) { opened(id, request); },
               [this](http::SocketId id) {
                 const std::lock_guard lock(mutex_);
                 subscriptions_.erase(id);
               }}) {}

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
  if (request.path != kPath) return 404;
  if (!origin_is_ours(request)) return 403;
  if (!read_stream_wishes(request)) return 400;
  if (const auto ticket = request.query_one("ticket")) {
    return context_.jwt.verify(auth::Use::ticket, *ticket) ? 0 : 401;
  }
  const auto header = request.header("authorization");
  const auto bearer = auth::bearer_of(header);
  if (auth::looks_like(auth::TokenKind::api, bearer)) return 0;  // asked for in let_in
  return context_.jwt.verify(auth::Use::access, bearer) ? 0 : 401;
}

Stream::~Stream() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  nobody_enters_.wait(lock, [this] { return entering_ == 0; });
}

void Stream::opened(http::SocketId id, const http::Request& request) {
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

void Stream::let_in(http::SocketId id, const http::Request& request) {
  const auto wishes = read_stream_wishes(request);
  if (!wishes) return server_.close(id, kPolicyViolation, "bad request");
  Subscription subscription{.wishes = *wishes};
  Result<http::Caller> caller = fail(Fault::denied, "no credential");
  if (const auto ticket = request.query_one("ticket")) {
    const auto claims = context_.jwt.verify(auth::Use::ticket, *ticket);
    const auto claimed = claims ? context_.database.transact([&](pqxx::work& tx) {
      return store::claim_ticket(tx, claims->id);
    })
                                : Result<bool>(false);
    if (claimed && *claimed) {
      caller = context_.grants.caller_of_now(*claims);
      subscription.claims = *claims;
    }
  } else {
    caller = access_(request);
    subscription.authorization = request.header("authorization");
  }
  if (!caller || !may_follow(*caller, subscription.wishes.topics)) {
    return server_.close(id, kPolicyViolation, "not allowed");
  }
  subscription.caller = *caller;
  log::info("stream.opened", "",
            {{"caller", caller->kind + ":" + caller->id}, {"peer", request.peer}});
  const std::lock_guard lock(mutex_);
  if (!server_.is_open(id)) return;  // it has gone meanwhile
  auto& one = subscriptions_[id] = std::move(subscription);
  catch_up(id, one);
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

void Stream::recheck() {
  std::vector<std::pair<http::SocketId, Subscription>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, one] : subscriptions_) {
      all.emplace_back(
          id, Subscription{
                  .claims = one.claims, .authorization = one.authorization, .wishes = one.wishes});
    }
  }
  for (const auto& [id, one] : all) {
    Result<http::Caller> caller = fail(Fault::denied, "");
    if (!one.claims.subject.empty()) {
      caller = context_.grants.caller_of(one.claims);
    } else {
      http::Request request;
      request.headers["authorization"] = one.authorization;
      caller = access_(request);
    }
    // A database that is away revokes nothing.
    if (caller ? may_follow(*caller, one.wishes.topics) : caller.error().fault != Fault::denied)
      continue;
    {
      const std::lock_guard lock(mutex_);
      subscriptions_.erase(id);
    }
    server_.close(id, kPolicyViolation, "no longer allowed");
  }
}

bool Stream::anybody(Topic topic) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const auto& one) { return one.second.wishes.topics.contains(topic); });
}

void Stream::tapped(std::uint64_t connections) {
  const std::lock_guard lock(mutex_);
  const auto before = std::exchange(connections_, connections);
  if (before == 0 || before == connections) return;
  backlog_.clear();
  std::optional<http::SocketFrame> frame;
  for (auto& [id, one] : subscriptions_) {
    const auto& topics = one.wishes.topics;
    if (topics.contains(Topic::states) || topics.contains(Topic::alerts)) {
      send_to(id, one, resync(), frame);
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
  return wants(one.wishes, event) && (event.audience.empty() || event.audience == one.caller.id);
}

void Stream::send(const LiveEvent& event) {
  std::optional<http::SocketFrame> frame;
  const std::lock_guard lock(mutex_);
  if (!backlog_.add(event)) return;
  for (auto& [id, one] : subscriptions_) {
    if (may_see(one, event)) send_to(id, one, event, frame);
  }
}

// `frame`: the event's, made when it is needed.
void Stream::send_to(http::SocketId id, Subscription& one, const LiveEvent& event,
                     std::optional<http::SocketFrame>& frame) {
  const auto& text = event.text();
  if (!one.wishes.batch) {
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
  const std::lock_guard lock(mutex_);
  for (auto& [id, one] : subscriptions_) {
    if (one.gathered.empty()) continue;
    if (one.left_out > 0) {
      one.gathered += R"(,{"type":"dropped","count":)" + std::to_string(one.left_out) + "}";
      one.left_out = 0;
    }
    one.gathered += ']';
    server_.send(id, http::SocketFrame(one.gathered));
    one.gathered.clear();
  }
}

}  // namespace monitron::api
