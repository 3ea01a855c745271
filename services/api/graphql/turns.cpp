#include "api/graphql/turns.hpp"

#include <algorithm>

namespace monitron::api {

void Turns::add(const std::string& caller, http::SocketId connection) {
  auto& waiting = callers_[caller].waiting;
  if (waiting.empty()) order_.push_back(caller);
  waiting.push_back(connection);
}

std::optional<Turns::Turn> Turns::next() {
  const auto found = std::find_if(order_.begin(), order_.end(), [&](const auto& name) {
    return callers_[name].under_way < most_at_once_;
  });
  if (found == order_.end()) return std::nullopt;
  const auto name = *found;
  order_.erase(found);
  auto& caller = callers_[name];
  const Turn turn{name, caller.waiting.front()};
  caller.waiting.pop_front();
  ++caller.under_way;
  if (!caller.waiting.empty()) order_.push_back(name);
  return turn;
}

void Turns::ended(const Turn& turn) {
  const auto caller = callers_.find(turn.caller);
  if (--caller->second.under_way == 0 && caller->second.waiting.empty()) callers_.erase(caller);
}

}  // namespace monitron::api
