#include "contracts/compression.hpp"

#include <algorithm>
#include <memory>
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

}  // namespace monitron::contracts
