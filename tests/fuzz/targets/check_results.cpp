// check.results: what was read can be written, and says the same again.

#include "contracts/check_results.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(check_results) {
  using namespace monitron;
  const auto results = contracts::decode_check_results(bytes);
  if (!results) return;
  fuzz::must(results->results.size() + results->missed.size() <= bytes.size(), "more than came");
  const std::string body = contracts::encode(*results);
  const auto again = contracts::decode_check_results(body);
  fuzz::must(again.has_value(), "what was written cannot be read");
  fuzz::must(contracts::encode(*again) == body, "it says something else");
}
