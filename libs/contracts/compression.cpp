#include "contracts/compression.hpp"

#include <algorithm>
#include <memory>
#include <zstd.h>

namespace monitron::contracts {
namespace {

constexpr int kLevel = 3;
constexpr int kMaxWindowLog = 23;  // 8 MiB of memory for one text at most
constexpr std::size_t kFirstBytes = 64u << 10;

struct Free {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string zstd_pack(std::string_view plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const auto size = ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  MONITRON_EXPECTS(ZSTD_isError(size) == 0);
  packed.resize(size);
  return packed;
}

Result<std::string> zstd_unpack(std::string_view packed, std::size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  MONITRON_EXPECTS(context != nullptr);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  std::string plain(std::min(limit + 1, kFirstBytes), '\0');
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  ZSTD_outBuffer out{plain.data(), plain.size(), 0};
  std::size_t left = 1;  // of the frame
  while (in.pos < in.size || left != 0) {
    const auto before = in.pos + out.pos;
    left = ZSTD_decompressStream(context.get(), &out, &in);
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
