#pragma once
// `monitron silence add|list|extend|expire`.

#include "cli/commands.hpp"

#include <string>
#include <vector>

namespace monitron::cli {

struct NewSilence {
  std::vector<std::string> matchers{};  // name=value, name!=value, name=~regex, name!~regex
  std::string lasts{};                  // "2h", "1h30m"
  std::string comment{};
};

// A matcher as the API takes it. Fault: invalid.
Result<nlohmann::json> parse_matcher(const std::string& text);

Result<Shown> add_silence(Api& api, const NewSilence& silence, Output output);
Result<Shown> show_silences(Api& api, Output output);
// Its end is `lasts` from now.
Result<Shown> extend_silence(Api& api, const std::string& id, const std::string& lasts,
                             Output output);
Result<Shown> expire_silence(Api& api, const std::string& id);

}  // namespace monitron::cli
