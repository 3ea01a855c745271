#pragma once
// check.slice: checks of one location that are due within a moment, sent shortly before by the
// scheduler; a worker times the single checks. check.test: one check to be run at once, asked
// for by "test now". Both are JSON on mon.checks, key = location.

#include "contracts/contract.hpp"
#include "domain/check.hpp"

#include <vector>

namespace monitron::contracts {

struct CheckSlice {
  static constexpr Contract contract{.type = "check.slice", .version = 1, .owner = "checker"};

  struct Job {
    Instant slot;
    domain::CheckDefinition check;
    // Its hard state as the scheduler knows it: retries are for results that may change it.
    domain::CheckStatus status = domain::CheckStatus::unknown;
    bool operator==(const Job&) const = default;
  };
  std::string location;
  Instant second;          // every slot lies in [second, second + 1 s)
  std::uint32_t part = 0;  // many checks travel as several messages
  std::int64_t fence = 0;  // of the scheduler's lease: tells two schedulers apart in the log
  std::vector<Job> jobs;
  bool operator==(const CheckSlice&) const = default;
};

// A slice made of checks that are texts already (members_text).
class SliceText {
 public:
  explicit SliceText(const CheckSlice& slice);  // its jobs are not looked at
  void add(Instant slot, domain::CheckStatus status, const Uuid& check, std::string_view members);
  std::size_t jobs() const { return jobs_; }
  std::string body() &&;
  Message message() &&;

 private:
  std::string location_;
  std::string text_;
  std::size_t jobs_ = 0;
};

std::string encode(const CheckSlice& slice);
Result<CheckSlice> decode_check_slice(std::string_view body);
Message to_message(const CheckSlice& slice);

struct CheckTest {
  static constexpr Contract contract{.type = "check.test", .version = 1, .owner = "api"};

  Uuid test_id;
  domain::CheckDefinition check;
  std::string location{};  // where it is to run
  bool operator==(const CheckTest&) const = default;
};

std::string encode(const CheckTest& test);
Result<CheckTest> decode_check_test(std::string_view body);
Message to_message(const CheckTest& test);

}  // namespace monitron::contracts
