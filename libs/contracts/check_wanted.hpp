#pragma once
// check.wanted: what these checks say is waited for, so their location's scheduler runs them soon,
// beside their slots. JSON on mon.jobs, key wanted.<location>, to a queue of each scheduler's own
// that drops what is too old: a wish that is lost is made again, or the next slot does.

#include "base/ids.hpp"
#include "contracts/contract.hpp"
#include "contracts/topology.hpp"

#include <vector>

namespace monitron::contracts {

// Checks in one message.
inline constexpr std::size_t kMostWanted = 1000;

struct CheckWanted {
  static constexpr Contract contract{.type = "check.wanted", .version = 1, .owner = "notifier"};

  std::string location;
  std::vector<Uuid> checks;  // those that are waited for most come first
  bool operator==(const CheckWanted&) const = default;
};

// Where the wishes of a location arrive.
BindingSpec wanted_binding(const std::string& queue, const std::string& location);

std::string encode(const CheckWanted& wanted);
// Fault: invalid, naming the member.
Result<CheckWanted> decode_check_wanted(std::string_view body);
Message to_message(const CheckWanted& wanted);

}  // namespace monitron::contracts
