#include "api/strangers.hpp"

#include "api/throttle.hpp"

namespace monitron::api {

bool Strangers::has_room(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  return networks_.size() < kMost &&
         (address.empty() || networks_.count(network_of(address)) < kMostOfNetwork);
}

void Strangers::came(http::SocketId id, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto [known, added] = network_.emplace(id, network_of(address));
  if (added) networks_.insert(known->second);
}

void Strangers::left(http::SocketId id) {
  const std::lock_guard lock(mutex_);
  const auto known = network_.find(id);
  if (known == network_.end()) return;
  networks_.erase(networks_.find(known->second));
  network_.erase(known);
}

}  // namespace monitron::api
