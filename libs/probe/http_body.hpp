#pragma once
// The body of an answer as it comes: unpacked when the server sent it packed, and never more of it
// than asked for, however much a few bytes unpack to.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace monitron::probe {

class HttpBody {
 public:
  explicit HttpBody(std::size_t limit);
  ~HttpBody();
  HttpBody(HttpBody&&) noexcept;
  HttpBody& operator=(HttpBody&&) noexcept;

  // Content-Encoding of the answer: gzip and deflate are unpacked, others kept as they come.
  void set_encoding(std::string_view name);

  enum class State { more, cut, broken };
  // `cut`: there is more than the limit; the rest need not come.
  State feed(std::string_view bytes);
  // False when the body ended before what was packed did.
  bool whole() const;

  const std::string& text() const { return text_; }
  std::uint64_t bytes() const { return bytes_; }  // unpacked, as far as looked at
  std::size_t limit() const { return limit_; }
  bool cut() const { return bytes_ > limit_; }

 private:
  struct Unpacker;
  State keep(std::string_view bytes);

  std::size_t limit_;
  std::string text_;
  std::uint64_t bytes_ = 0;
  std::unique_ptr<Unpacker> unpacker_;
};

}  // namespace monitron::probe
