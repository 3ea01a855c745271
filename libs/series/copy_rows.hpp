#pragma once
// Rows of a staging table in the form of COPY … (FORMAT binary). Private to this room.

#include "series/binary_rows.hpp"

#include <span>

namespace monitron::series {

class CopyRows {
 public:
  static constexpr const char* kColumns = R"((source_id, layout_id, time, "values"))";

  // An absent value (contracts::kAbsent) becomes NULL.
  void add(std::int32_t source, std::int32_t layout, std::int64_t time_ms,
           std::span<const double> values);
  bool empty() const { return rows_ == 0; }
  std::string finish() { return out_.finish(); }  // once

 private:
  void put_array(std::span<const double> values);

  BinaryRows out_;
  std::size_t rows_ = 0;
};

}  // namespace monitron::series
