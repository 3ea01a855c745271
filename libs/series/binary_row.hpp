#pragma once
// One row of COPY … TO STDOUT (FORMAT binary) (PostgreSQL manual, COPY, "Binary Format"), read
// field by field in the order of the columns. What is asked for beyond the row or in another width
// than it has makes the row bad() and reads as 0 or nothing: nothing is read beyond the bytes. It
// looks at bytes that somebody else keeps. Private to this room.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace monitron::series {

class BinaryRow {
 public:
  // `body` begins with the number of fields.
  explicit BinaryRow(std::string_view body);

  std::optional<std::string_view> bytes();  // of bytea, text or anything; nothing: NULL
  std::int16_t int16();
  std::int32_t int32();
  std::int64_t int64();
  std::optional<std::int64_t> optional_int64();
  double float8();
  std::int64_t time_ms();  // of a timestamptz, cut to milliseconds

  // Arrays replace what `out` holds. A NULL among float8 becomes contracts::kAbsent.
  void float8_array(std::vector<double>& out);
  void int32_array(std::vector<std::int32_t>& out);
  void int16_array(std::vector<std::int16_t>& out);

  bool bad() const { return bad_; }

 private:
  std::string_view field(std::size_t width);
  std::optional<std::size_t> array_head(std::string_view& left);

  std::string_view left_;
  std::int16_t fields_ = 0;
  bool bad_ = false;
};

// The head that comes before the first row; nothing if this is none.
std::optional<std::string_view> without_copy_head(std::string_view data);

}  // namespace monitron::series
