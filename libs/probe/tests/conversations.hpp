#pragma once
// Conversations with servers that a test makes up, hostile ones too.

#include "talker.hpp"
#include "target.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::probe {

// Hostile servers: any bytes, and right beginnings that go wrong, in pieces of any size. Whatever
// comes, the conversation keeps its promises to the run: no crash, nothing endless, an end.
inline void expect_no_harm_from(const domain::CheckDefinition& check,
                                const std::vector<std::string>& right) {
  const auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
      rc::gen::elementOf(right), rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
  std::string bytes;
  for (const auto& part : parts) bytes += part;
  const auto spoilt = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  if (spoilt < bytes.size()) bytes[spoilt] = *rc::gen::arbitrary<char>();
  Talker talker(check);
  while (!bytes.empty()) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
    talker.hear(std::string(bytes, 0, piece));
    bytes.erase(0, piece);
  }
  talker.close();
  RC_ASSERT(talker.talk().verdict.has_value());
  RC_ASSERT(talker.talk().said.size() < 65'536U);
}

}  // namespace monitron::probe
