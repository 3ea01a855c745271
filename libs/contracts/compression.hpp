#pragma once
// zstd and gzip of what comes from outside. Pure; Threads: any.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::contracts {

// Same text and level, same bytes.
std::string zstd_pack(std::string_view plain, int level = 3);

// Never makes more than `limit` bytes, whatever `packed` says of itself: a few bytes may unpack to
// very many. Faults: invalid (not zstd, cut off), denied (larger than allowed).
Result<std::string> zstd_unpack(std::string_view packed, std::size_t limit);

// The same for gzip (RFC 1952), of one member or several.
Result<std::string> gzip_unpack(std::string_view packed, std::size_t limit);

}  // namespace monitron::contracts
