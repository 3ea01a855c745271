#pragma once
// Alertmanager has told a receiver of its own of incidents of ours: what its webhook said, on
// mon.jobs, key alertmanager.

#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <string>
#include <vector>

namespace monitron::contracts {

struct AlertmanagerNotified {
  static constexpr Contract contract{.type = "alertmanager.notified", .version = 1, .owner = "api"};
  static constexpr std::size_t kMostIncidents = 10'000;

  struct Told {
    IncidentId incident_id;
    bool firing = true;  // else: that it is over
    bool operator==(const Told&) const = default;
  };

  std::string receiver;   // as Alertmanager's settings name it
  std::string group_key;  // which group of alerts the notification was about
  std::vector<Told> told;
  bool operator==(const AlertmanagerNotified&) const = default;
};

std::string encode(const AlertmanagerNotified& notified);
// Fault: invalid, naming the member.
Result<AlertmanagerNotified> decode_alertmanager_notified(std::string_view body);
// With an id of its own each time: what is told again changes nothing where it is noted.
Message to_message(const AlertmanagerNotified& notified);

}  // namespace monitron::contracts
