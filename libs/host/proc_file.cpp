#include "host/proc_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace monitron::host {
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kLargest = 16u << 20;

tl::unexpected<Error> failed(const std::string& path) {
  // EOPNOTSUPP: pressure, of a kernel in which it is switched off (psi=0).
  const bool none = errno == ENOENT || errno == ESRCH || errno == EOPNOTSUPP;
  return fail(none ? Fault::not_found : Fault::unavailable, path + ": " + std::strerror(errno));
}

}  // namespace

ProcFile::ProcFile(std::string path) : path_(std::move(path)) {}
ProcFile::~ProcFile() { close(); }
ProcFile::ProcFile(ProcFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

ProcFile& ProcFile::operator=(ProcFile&& other) noexcept {
  if (this != &other) {
    close();
    path_ = std::move(other.path_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void ProcFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<std::string_view> ProcFile::read(std::string& buffer) {
  if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) return failed(path_);
  if (buffer.size() < kFirstBuffer) buffer.resize(kFirstBuffer);
  std::size_t filled = 0;
  while (true) {
    const auto got =
        ::pread(fd_, buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      auto error = failed(path_);
      close();
      return error;
    }
    if (got == 0) return std::string_view(buffer.data(), filled);
    filled += static_cast<std::size_t>(got);
    if (filled < buffer.size()) continue;
    if (filled >= kLargest) return fail(Fault::invalid, path_ + ": is larger than 16 MB");
    buffer.resize(buffer.size() * 2);
  }
}

Result<std::string> read_text(const std::string& path) {
  std::string buffer;
  ProcFile file(path);
  return file.read(buffer).map([](std::string_view text) { return std::string(text); });
}

}  // namespace monitron::host
