#pragma once
// Reads COPY … (FORMAT binary) back.

#include "series/binary_rows.hpp"
#include "series/byte_reader.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace monitron::series {

struct CopiedRow {
  std::vector<std::optional<std::string>> fields{};

  std::optional<std::string_view> at(std::size_t field) const {
    if (!fields.at(field)) return std::nullopt;
    return *fields.at(field);
  }
  std::int64_t number(std::size_t field) const {
    std::int64_t number = 0;
    for (const char byte : fields.at(field).value()) {
      number = number << 8 | static_cast<unsigned char>(byte);
    }
    return number;
  }
  std::int64_t time_ms(std::size_t field) const { return number(field) / 1000 + kEpoch2000Ms; }
  double real(std::size_t field) const { return std::bit_cast<double>(number(field)); }
};

inline std::vector<CopiedRow> copied_rows(const std::string& data) {
  std::vector<CopiedRow> rows;
  std::size_t at = 19;  // the header
  const auto number = [&](std::size_t bytes) {
    std::uint64_t found = 0;
    for (; bytes > 0; --bytes) found = found << 8 | static_cast<unsigned char>(data.at(at++));
    return found;
  };
  for (auto fields = number(2); fields != 0xffff; fields = number(2)) {
    rows.emplace_back();
    for (; fields > 0; --fields) {
      const auto size = number(4);
      if (size == 0xffffffff) {
        rows.back().fields.emplace_back();
        continue;
      }
      rows.back().fields.emplace_back(data.substr(at, size));
      at += size;
    }
  }
  EXPECT_EQ(at, data.size());
  return rows;
}

}  // namespace monitron::series
