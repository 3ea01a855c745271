#include "probe/http_body.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace monitron::probe {

struct HttpBody::Unpacker {
  enum class Form { gzip, deflate };

  z_stream stream{};
  Form form;
  bool begun = false;
  bool ended = false;
  bool padded = false;  // what comes now stands behind the body

  explicit Unpacker(Form wanted) : form(wanted) {}
  ~Unpacker() { inflateEnd(&stream); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // "deflate" is zlib's format (RFC 9110 §8.4.1.2), but some servers send it bare.
  bool begin(unsigned char first) {
    begun = true;
    const bool bare = form == Form::deflate && (first & 0x0f) != Z_DEFLATED;
    const int window = form == Form::gzip ? MAX_WBITS + 16 : (bare ? -MAX_WBITS : MAX_WBITS);
    return inflateInit2(&stream, window) == Z_OK;
  }
};

HttpBody::HttpBody(std::size_t limit) : limit_(limit) {}
HttpBody::~HttpBody() = default;
HttpBody::HttpBody(HttpBody&&) noexcept = default;
HttpBody& HttpBody::operator=(HttpBody&&) noexcept = default;

void HttpBody::set_encoding(std::string_view name) {
  const std::string plain = to_lower(trim(name));
  if (plain == "gzip" || plain == "x-gzip") {
    unpacker_ = std::make_unique<Unpacker>(Unpacker::Form::gzip);
  } else if (plain == "deflate") {
    unpacker_ = std::make_unique<Unpacker>(Unpacker::Form::deflate);
  }
}

HttpBody::State HttpBody::keep(std::string_view bytes) {
  bytes_ += bytes.size();
  text_.append(bytes.substr(0, limit_ - text_.size()));
  return cut() ? State::cut : State::more;
}

HttpBody::State HttpBody::feed(std::string_view bytes) {
  if (cut()) return State::cut;
  if (unpacker_ == nullptr) return keep(bytes);
  if (bytes.empty()) return State::more;
  Unpacker& unpacker = *unpacker_;
  if (unpacker.padded) return State::more;
  z_stream& stream = unpacker.stream;
  if (!unpacker.begun && !unpacker.begin(static_cast<unsigned char>(bytes.front()))) {
    return State::broken;
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, 16'384> piece{};
  do {
    if (unpacker.ended) {
      if (stream.avail_in == 0) return State::more;
      // One packed part may follow another (RFC 1952 §2.2).
      const bool another = unpacker.form == Unpacker::Form::gzip && *stream.next_in == 0x1f;
      if (!another) {
        unpacker.padded = true;
        return State::more;
      }
      inflateReset(&stream);
      unpacker.ended = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return State::broken;
    unpacker.ended = result == Z_STREAM_END;
    if (keep({piece.data(), piece.size() - stream.avail_out}) == State::cut) return State::cut;
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return State::more;
}

bool HttpBody::whole() const {
  return unpacker_ == nullptr || !unpacker_->begun || unpacker_->ended || cut();
}

}  // namespace monitron::probe
