// Loaded before libc: fdatasync fails with EIO once the file named by FAILING_SYNC_WHEN exists.
#include <cerrno>
#include <cstdlib>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int fdatasync(int fd) {
  const char* when = std::getenv("FAILING_SYNC_WHEN");
  if (when != nullptr && access(when, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}
