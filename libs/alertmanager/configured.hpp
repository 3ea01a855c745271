#pragma once
// The peers that the settings name (ALERTMANAGER_URL, MONITRON_ALERTMANAGER_…).

#include "alertmanager/client.hpp"
#include "service/settings.hpp"

#include <vector>

namespace monitron::alertmanager {

struct Configured {
  std::vector<Client> peers{};
  bool old_path = false;  // as Peers has it
};

// Of a program that has these settings. Each answer may take `timeout`. Fault: invalid, naming the
// setting.
Result<Configured> configured(const service::Settings& settings, std::chrono::milliseconds timeout);

}  // namespace monitron::alertmanager
