#pragma once
// check.results: what checks have found, and what checkers measure of themselves, on mon.telemetry,
// key check.<p>. Protobuf (check_results.proto describes it). Read by ingest's writer, by rules and
// by the live stream.

#include "contracts/contract.hpp"
#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"

#include <vector>

namespace monitron::contracts {

struct CheckResults {
  static constexpr Contract contract{.type = "check.results", .version = 1, .owner = "checker"};

  std::string worker;  // the program instance that ran them
  std::vector<domain::CheckResult> results;
  std::vector<domain::MissedSlots> missed{};
  std::vector<Batch> reports{};  // of source kSuite
  bool operator==(const CheckResults&) const = default;
};

std::string encode(const CheckResults& results);
// Fault: invalid. Fields that it does not know are skipped.
Result<CheckResults> decode_check_results(std::string_view body);
// `key` is check_key() of the results' checks, or of kSuite.
Message to_message(const CheckResults& results, std::string key);

}  // namespace monitron::contracts
