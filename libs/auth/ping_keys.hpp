#pragma once
// The keys of ping URLs: "<check id>.<mac>". Whoever has the key may ping that check and nothing
// else; without the suite's ENCRYPTION_KEY nobody can make one, and with it nobody needs a database
// to tell a good one. A key lasts as long as its check and the ENCRYPTION_KEY.

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace monitron::auth {

class PingKeys {
 public:
  explicit PingKeys(std::string_view encryption_key);

  std::string key_of(const CheckId& check) const;
  // Nothing for what is no key.
  std::optional<CheckId> check_of(std::string_view key) const;

 private:
  std::string secret_;
};

}  // namespace monitron::auth
