#include "agent/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::agent {
namespace {

tl::unexpected<Error> failed(const std::string& path) {
  return fail(Fault::unavailable, path + ": " + std::strerror(errno));
}

bool write_and_sync(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

Result<void> write_private_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed(fresh);
  const bool written = write_and_sync(fd, text);
  ::close(fd);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return failed(fresh);
  const auto parent = std::filesystem::path(path).parent_path().string();
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return failed(parent);
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  if (!synced) return failed(parent);
  return {};
}

Result<void> make_private_directory(const std::string& path) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path);
  if (::access(path.c_str(), W_OK | X_OK) != 0) return failed(path);
  return {};
}

}  // namespace monitron::agent
