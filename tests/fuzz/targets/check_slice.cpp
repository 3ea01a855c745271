// check.slice, check.test and check.wanted: what was read can be written, and says the same again.

#include "contracts/check_slice.hpp"

#include "contracts/check_wanted.hpp"
#include "fuzz.hpp"

namespace monitron::fuzz {
namespace {

template <class Message, class Decode>
void must_travel(const Message& message, Decode decode) {
  const std::string body = contracts::encode(message);
  const auto again = decode(body);
  must(again.has_value(), "what was written cannot be read");
  must(contracts::encode(*again) == body, "it says something else");
}

}  // namespace
}  // namespace monitron::fuzz

MONITRON_FUZZ(check_slice) {
  using namespace monitron;
  if (const auto slice = contracts::decode_check_slice(bytes)) {
    fuzz::must_travel(*slice, contracts::decode_check_slice);
    for (const auto& job : slice->jobs) (void)domain::problems_of(job.check);
  }
  if (const auto wanted = contracts::decode_check_wanted(bytes)) {
    fuzz::must_travel(*wanted, contracts::decode_check_wanted);
  }
  if (const auto test = contracts::decode_check_test(bytes)) {
    fuzz::must_travel(*test, contracts::decode_check_test);
    (void)domain::problems_of(test->check);
  }
}
