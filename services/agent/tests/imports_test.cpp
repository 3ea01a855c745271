// What the built agent asks of the system's libraries.

#include <cstdio>
#include <gtest/gtest.h>
#include <string>

namespace monitron::agent {
namespace {

// Scripts aside, of which there are none.
TEST(AgentProgram, BeginsNoOtherProgram) {
  std::string names;
  auto* said = ::popen("nm -D --undefined-only " MONITRON_BINARY_DIR "/bin/monitron-agent", "r");
  ASSERT_NE(said, nullptr);
  for (char line[512]; std::fgets(line, sizeof line, said) != nullptr;) names += line;
  ASSERT_EQ(::pclose(said), 0);
  EXPECT_NE(names.find(" U pread"), std::string::npos) << names;
  for (const char* name : {"fork", "vfork", "exec", "posix_spawn", "popen", "system"}) {
    EXPECT_EQ(names.find(std::string(" U ") + name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace monitron::agent
