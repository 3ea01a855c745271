#pragma once
// Rows of a staging table in the form of COPY … (FORMAT binary). Private to this room.

#include "series/binary_rows.hpp"

#include <functional>
#include <span>

namespace monitron::series {

class CopyRows {
 public:
  // Gets what there is whenever that is much.
  using Put = std::function<void(std::string_view)>;
  explicit CopyRows(Put put) : put_(std::move(put)) {}

  static constexpr const char* kColumns = R"((source_id, layout_id, time, "values"))";

  // An absent value (contracts::kAbsent) becomes NULL.
  void add(std::int32_t source, std::int32_t layout, std::int64_t time_ms,
           std::span<const double> values);
  void finish() { put_(out_.finish()); }  // once

 private:
  void put_array(std::span<const double> values);

  Put put_;
  BinaryRows out_;
};

}  // namespace monitron::series
