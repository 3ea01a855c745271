// libFuzzer calls the target that MONITRON_FUZZ_TARGET names.

#include "fuzz.hpp"

#include <cstdint>
#include <cstdlib>

namespace monitron::fuzz {
namespace {

Target chosen_target() {
  const char* name = std::getenv("MONITRON_FUZZ_TARGET");
  const auto found = targets().find(name == nullptr ? "" : name);
  must(found != targets().end(), "MONITRON_FUZZ_TARGET names no target");
  return found->second;
}

}  // namespace
}  // namespace monitron::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kTarget = monitron::fuzz::chosen_target();
  kTarget({reinterpret_cast<const char*>(data), size});
  return 0;
}
