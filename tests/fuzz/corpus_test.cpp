// Every input of the corpus through its target: seeds, and all that was ever a finding.

#include "fuzz.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace monitron::fuzz {
namespace {

namespace fs = std::filesystem;

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path corpus() { return fs::path(MONITRON_SOURCE_DIR) / "tests/fuzz/corpus"; }

class Corpus : public testing::TestWithParam<std::string> {};

TEST_P(Corpus, HoldsWhatItsTargetPromises) {
  const auto run = targets().at(GetParam());
  EXPECT_NO_THROW(run(""));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(corpus() / GetParam())) {
    SCOPED_TRACE(entry.path().string());
    const std::string bytes = contents_of(entry.path());
    EXPECT_NO_THROW(run(bytes));
    // Cut anywhere, as connections are.
    const std::size_t step = bytes.size() / 64 + 1;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      SCOPED_TRACE(size);
      const std::string head = bytes.substr(0, size);
      EXPECT_NO_THROW(run(head));
    }
    ++files;
  }
  EXPECT_GT(files, 0U);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, run] : targets()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(names()),
                         [](const auto& param) { return param.param; });

TEST(Corpus, HasNothingThatNobodyReads) {
  for (const auto& entry : fs::directory_iterator(corpus())) {
    EXPECT_EQ(targets().count(entry.path().filename().string()), 1U) << entry.path();
  }
}

}  // namespace
}  // namespace monitron::fuzz
