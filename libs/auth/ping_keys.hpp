#pragma once
// The keys of ping URLs: "<check id>.<mac>". Whoever has the key may ping that check and nothing
// else; without the suite's ENCRYPTION_KEY nobody can make one, and with it nobody needs a database
// to tell a good one. A key lasts as long as its check and the ENCRYPTION_KEY that made it, as the
// one of today or an older one.

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

class PingKeys {
 public:
  // That of today, which makes keys, then older ones.
  explicit PingKeys(const std::vector<std::string>& encryption_keys);
  explicit PingKeys(std::string_view encryption_key)
      : PingKeys(std::vector<std::string>{std::string(encryption_key)}) {}

  std::string key_of(const CheckId& check) const;
  // Nothing for what is no key.
  std::optional<CheckId> check_of(std::string_view key) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace monitron::auth
