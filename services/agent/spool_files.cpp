#include "agent/spool_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace monitron::agent {
namespace {

tl::unexpected<Error> failed(const std::string& what) {
  const Fault fault = errno == ENOENT ? Fault::not_found : Fault::unavailable;
  return fail(fault, what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

Result<void> write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("write " + name);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

class Directory final : public SpoolFiles {
 public:
  Directory(Descriptor directory, Descriptor lock, std::string path)
      : directory_(std::move(directory)), lock_(std::move(lock)), path_(std::move(path)) {}

  Result<std::vector<std::string>> list() override {
    DIR* dir = ::opendir(path_.c_str());
    if (dir == nullptr) return failed(path_);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir)) names.emplace_back(entry->d_name);
    ::closedir(dir);
    std::erase_if(names, [](const auto& name) { return name.starts_with('.') || name == "lock"; });
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::uint64_t> size(const std::string& name) override {
    struct stat stats {};
    if (::fstatat(directory_.get(), name.c_str(), &stats, 0) != 0) return failed(name);
    return static_cast<std::uint64_t>(stats.st_size);
  }

  Result<std::string> read(const std::string& name, std::uint64_t offset,
                           std::size_t length) override {
    auto fd = opened(reading_, name, O_RDONLY);
    if (!fd) return fail(fd.error());
    std::string bytes(length, '\0');
    std::size_t filled = 0;
    while (filled < length) {
      const auto got =
          ::pread(*fd, bytes.data() + filled, length - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("read " + name);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
  }

  Result<void> create(const std::string& name) override {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const Descriptor made(::openat(directory_.get(), name.c_str(), flags, 0600));
    if (made.get() < 0) return failed("create " + name);
    return {};
  }

  Result<void> append(const std::string& name, std::string_view bytes) override {
    auto fd = opened(writing_, name, O_WRONLY | O_APPEND);
    if (!fd) return fail(fd.error());
    return write_all(*fd, bytes, name);
  }

  Result<void> write_at(const std::string& name, std::uint64_t offset,
                        std::string_view bytes) override {
    auto fd = opened(cursor_, name, O_WRONLY);
    if (!fd) return fail(fd.error());
    const auto written = ::pwrite(*fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written != static_cast<ssize_t>(bytes.size())) return failed("write " + name);
    return {};
  }

  // By the descriptor that wrote: an error of write-back is told to it for certain.
  Result<void> sync(const std::string& name) override {
    auto& file = cursor_.name == name ? cursor_ : writing_;
    auto fd = opened(file, name, O_WRONLY | O_APPEND);
    if (!fd) return fail(fd.error());
    if (::fdatasync(*fd) != 0) return fail(Fault::bug, "fsync " + name + ": " + reason());
    return {};
  }

  Result<void> remove(const std::string& name) override {
    for (auto* file : {&reading_, &writing_, &cursor_}) {
      if (file->name == name) *file = OpenFile{};
    }
    if (::unlinkat(directory_.get(), name.c_str(), 0) != 0) return failed("remove " + name);
    return {};
  }

  Result<void> sync_directory() override {
    if (::fsync(directory_.get()) != 0) return fail(Fault::bug, "fsync " + path_ + ": " + reason());
    return {};
  }

 private:
  struct OpenFile {
    std::string name{};
    Descriptor fd{};
  };

  static std::string reason() { return std::strerror(errno); }

  Result<int> opened(OpenFile& file, const std::string& name, int flags) {
    if (file.name == name && file.fd.get() >= 0) return file.fd.get();
    file = {name, Descriptor(::openat(directory_.get(), name.c_str(), flags | O_CLOEXEC))};
    if (file.fd.get() < 0) return failed("open " + name);
    return file.fd.get();
  }

  Descriptor directory_;
  Descriptor lock_;
  std::string path_;
  OpenFile reading_;
  OpenFile writing_;
  OpenFile cursor_;
};

}  // namespace

Result<std::unique_ptr<SpoolFiles>> open_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make " + path);
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return failed("open " + path);
  Descriptor lock(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return failed("open " + path + "/lock");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Fault::conflict, path + ": another agent uses this directory");
  }
  return std::make_unique<Directory>(std::move(directory), std::move(lock), path);
}

}  // namespace monitron::agent
