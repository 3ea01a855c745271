// Unit tests of rules, in promtool's form.

#include "fuzz.hpp"
#include "rules/unit_test_file.hpp"

MONITRON_FUZZ(rule_test_file) {
  using namespace monitron;
  rules::UnitTestFile file;
  const auto problems = rules::read_unit_test_file(bytes, file);
  for (const auto& problem : problems) {
    fuzz::must(!problem.reason.empty(), "a problem without words");
  }
  std::size_t samples = 0;
  for (const auto& test : file.tests) {
    for (const auto& series : test.series) samples += series.samples.size();
  }
  fuzz::must(samples <= 10'000'000, "more samples than a test may have");
}
