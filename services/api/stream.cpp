#include "api/stream.hpp"

#include "api/answer.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxGathered = 512u << 10;
// As many as a client's queue takes, and some more.
constexpr std::size_t kMostMissed = 1000;
constexpr std::size_t kMostMissedBytes = kMaxGathered;
constexpr std::size_t kMostNames = 200'000;
constexpr std::size_t kDoorThreads = 2;
const std::string kResync = R"({"type":"resync"})";

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

std::string name_of(const http::Caller& caller) { return caller.kind + ":" + caller.id; }

// What an event names is all of these, and something is.
bool is_within(const std::set<std::string>& sources, const LiveEvent& event) {
  if (event.source.empty() && event.instance.empty()) return false;
  const auto fits = [&](const std::string& id) { return id.empty() || sources.contains(id); };
  return fits(event.source) && fits(event.instance);
}

}  // namespace

Stream::Stream(Context& context, Access& access, const GraphqlDoor& door)
    : context_(context),
      access_(access),
      door_(door),
      labels_([this](const Uuid& check) { return look_up(check); }, context.clock, 30s, kMostNames),
      sources_(context.database),
      graphql_(door, strangers_, for_graphql()),
      letting_in_("stream door", kDoorThreads, Strangers::kMost),
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
  strangers_.left(id);
  graphql_.closed(id);
  const std::lock_guard lock(mutex_);
  forget(id);
}

// With the mutex held.
void Stream::forget(http::SocketId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const auto same = of_caller_.find(name_of(*found->second->caller));
  if (--same->second.connections == 0) of_caller_.erase(same);
  connections_.erase(found);
  const auto first = subscriptions_.lower_bound({id, ""});
  const auto last = subscriptions_.lower_bound({id + 1, ""});
  subscriptions_.erase(first, last);
}

Stream::~Stream() { stop(); }

void Stream::stop() {
  graphql_.drop();
  server_.stop();
  graphql_.stop();
  letting_in_.stop();
}

// With the mutex held. Null: who asks has as many as one may have.
std::shared_ptr<Stream::Connection> Stream::add(http::SocketId id, Connection connection) {
  auto& same = of_caller_[name_of(*connection.caller)].connections;
  if (same >= context_.config.streams_of_caller) return nullptr;
  ++same;
  connection.caller = shared(connection.caller);
  return connections_[id] = std::make_shared<Connection>(std::move(connection));
}

// With the mutex held, of somebody who is connected. What is the same is there once.
std::shared_ptr<const http::Caller> Stream::shared(
    const std::shared_ptr<const http::Caller>& caller) {
  auto& known = of_caller_[name_of(*caller)].caller;
  if (!known || *known != *caller) known = caller;
  return known;
}

Result<http::Caller> Stream::caller_of(http::SocketId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return fail(Fault::denied, "it is no longer let in");
  return *found->second->caller;
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

bool Stream::anybody(Topic topic) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const auto& one) { return one.second.wishes.topics.contains(topic); });
}

void Stream::tapped(const Breaks& breaks) {
  const auto lost = [](std::uint64_t& before, std::uint64_t now) {
    const auto known = std::exchange(before, now);
    return known != 0 && now != 0 && known != now;
  };
  const std::lock_guard lock(mutex_);
  if (lost(breaks_.samples, breaks.samples)) tell_resync(true);
  if (!lost(breaks_.events, breaks.events)) return;
  backlog_.clear();
  tell_resync(false);
}

// With the mutex held. To who follows samples and results, or the others.
void Stream::tell_resync(bool of_samples) {
  const auto is_lost = [&](Topic topic) {
    return (topic == Topic::metrics || topic == Topic::checks) == of_samples;
  };
  std::optional<http::SocketFrame> frame;
  for (auto& [follower, one] : subscriptions_) {
    const auto& topics = one.wishes.topics;
    if (std::any_of(topics.begin(), topics.end(), is_lost)) {
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
  return wants(one.wishes, event) && (audience.empty() || audience == one.connection->caller->id) &&
         sources != reach.end() &&
         (!sources->second.sources || is_within(*sources->second.sources, event));
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
