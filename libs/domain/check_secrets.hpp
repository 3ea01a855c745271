#pragma once
// The secrets among a check's settings.

#include "domain/check.hpp"

#include <functional>

namespace monitron::domain {

// What an envelope of this check's secrets is bound to.
std::string secret_context(const CheckId& id);

// Calls `act` for each that is not empty.
void for_each_secret(CheckSettings& settings, const std::function<void(Secret&)>& act);

}  // namespace monitron::domain
