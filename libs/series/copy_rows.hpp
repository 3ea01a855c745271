#pragma once
// Rows of a staging table in the form of COPY … (FORMAT binary) (PostgreSQL manual, COPY, "Binary
// Format"). Private to this room.

#include <cstdint>
#include <span>
#include <string>

namespace monitron::series {

class CopyRows {
 public:
  static constexpr const char* kColumns = R"((source_id, layout_id, time, "values"))";

  CopyRows();
  // An absent value (contracts::kAbsent) becomes NULL.
  void add(std::int32_t source, std::int32_t layout, std::int64_t time_ms,
           std::span<const double> values);
  bool empty() const { return rows_ == 0; }
  std::string finish();  // once

 private:
  void put16(std::int16_t number);
  void put32(std::int32_t number);
  void put64(std::int64_t number);
  void put_field(std::int32_t number);
  void put_array(std::span<const double> values);

  std::string out_;
  std::size_t rows_ = 0;
};

}  // namespace monitron::series
