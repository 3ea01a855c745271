#pragma once
// Randomness from the kernel, fit for secrets. Threads: any.

#include <cstdint>
#include <span>
#include <string>

namespace monitron {

void random_bytes(std::span<std::uint8_t> out);
std::string random_string(std::size_t bytes);  // raw bytes
double random_unit();                          // [0, 1): for jitter

}  // namespace monitron
