#include "contracts/compression.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <zlib.h>
#include <zstd.h>

namespace monitron::contracts {
namespace {

constexpr int kMaxWindowLog = 23;  // 8 MiB of memory for one text at most
constexpr std::size_t kFirstBytes = 64u << 10;
constexpr std::size_t kMostAtOnce = 1u << 20;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One of each per thread: making them costs more than a small text does.
ZSTD_CCtx* packer() {
  const thread_local std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  MONITRON_EXPECTS(context != nullptr);
  return context.get();
}

ZSTD_DCtx* unpacker() {
  const thread_local std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  MONITRON_EXPECTS(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  return context.get();
}

// What the frame says of itself is a hint: room for all of it at once when that is little.
std::size_t first_room(std::string_view packed, std::size_t limit) {
  const auto said = ZSTD_getFrameContentSize(packed.data(), packed.size());
  const bool known = said != ZSTD_CONTENTSIZE_ERROR && said != ZSTD_CONTENTSIZE_UNKNOWN;
  const auto wish = known ? std::min<unsigned long long>(said + 1, kMostAtOnce) : kFirstBytes;
  return std::min(limit + 1, static_cast<std::size_t>(wish));
}

}  // namespace

std::string zstd_pack(std::string_view plain, int level) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const auto size =
      ZSTD_compressCCtx(packer(), packed.data(), packed.size(), plain.data(), plain.size(), level);
  MONITRON_EXPECTS(ZSTD_isError(size) == 0);
  packed.resize(size);
  return packed;
}

Result<std::string> zstd_unpack(std::string_view packed, std::size_t limit) {
  auto* const context = unpacker();
  std::string plain(first_room(packed, limit), '\0');
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  ZSTD_outBuffer out{plain.data(), plain.size(), 0};
  std::size_t left = 1;  // of the frame
  while (in.pos < in.size || left != 0) {
    const auto before = in.pos + out.pos;
    left = ZSTD_decompressStream(context, &out, &in);
    if (ZSTD_isError(left) != 0) return fail(Fault::invalid, "is not zstd");
    if (out.pos > limit) return fail(Fault::denied, "is too large when unpacked");
    if (out.pos == out.size) {
      plain.resize(std::min(limit + 1, plain.size() * 2));
      out.dst = plain.data();
      out.size = plain.size();
    } else if (in.pos + out.pos == before) {
      return fail(Fault::invalid, "is cut off");
    }
  }
  plain.resize(out.pos);
  return plain;
}

Result<std::string> gzip_unpack(std::string_view packed, std::size_t limit) {
  constexpr int kOnlyGzip = 16 + MAX_WBITS;
  if (packed.size() > std::numeric_limits<uInt>::max()) return fail(Fault::denied, "is too large");
  z_stream stream{};
  MONITRON_EXPECTS(inflateInit2(&stream, kOnlyGzip) == Z_OK);
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ends(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string plain(std::min(limit + 1, kFirstBytes + 4 * packed.size()), '\0');
  std::size_t size = 0;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(plain.data() + size);
    stream.avail_out = static_cast<uInt>(plain.size() - size);
    const auto state = inflate(&stream, Z_NO_FLUSH);
    size = plain.size() - stream.avail_out;
    if (size > limit) return fail(Fault::denied, "is too large when unpacked");
    if (state == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return fail(Fault::invalid, "is not gzip");
    } else if (state == Z_OK || state == Z_BUF_ERROR) {
      if (stream.avail_out > 0) return fail(Fault::invalid, "is cut off");
      plain.resize(std::min(limit + 1, plain.size() * 2));
    } else {
      return fail(Fault::invalid, "is not gzip");
    }
  }
  plain.resize(size);
  return plain;
}

}  // namespace monitron::contracts
