#pragma once
// `monitron rules replay`: which pages a rule would have sent over what is stored.

#include "cli/commands.hpp"

namespace monitron::cli {

struct ReplayAsked {
  std::string rule_file{};  // JSON, as POST /api/v1/rules takes it; empty: the rule `id`
  std::string id{};         // of the rule that is replayed or compared with
  std::string from = "7d";  // RFC 3339, or how long ago
  std::string to = "0";
};

// All is well when both send the same pages; with one rule alone, when it sends none.
Result<Shown> show_replay(Api& api, const ReplayAsked& asked, Output output);

}  // namespace monitron::cli
