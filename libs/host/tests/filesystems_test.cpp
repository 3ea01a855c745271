// Mounts, and a file system that does not answer.

#include "host/filesystems.hpp"

#include <future>
#include <gtest/gtest.h>
#include <thread>

namespace monitron::host {
namespace {

using namespace std::chrono_literals;

TEST(Mounts, KeepsWhatHoldsDataOnce) {
  const auto mounts = parse_mounts(
      "proc /proc proc rw 0 0\n"
      "/dev/vda / ext4 rw,relatime 0 0\n"
      "/dev/vda /etc/hosts ext4 rw 0 0\n"
      "tmpfs /run tmpfs rw 0 0\n"
      "nas:/export /mnt/my\\040files nfs4 rw 0 0\n"
      "/dev/vdb /mnt/old ext4 ro,relatime 0 0\n");
  ASSERT_EQ(mounts.size(), 3u);
  EXPECT_TRUE(mounts[2].readonly);
  EXPECT_EQ(mounts[0], (Mount{"/dev/vda", "/", "ext4"}));
  EXPECT_EQ(mounts[1].mountpoint, "/mnt/my files");
}

TEST(Filesystems, OneThatHangsDoesNotHoldUpTheOthers) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  FilesystemReader reader(50ms, [released](const Mount& mount, Filesystem& out) {
    if (mount.fstype == "nfs") released.wait();
    out.size_bytes = 1;
    return true;
  });
  const std::vector<Mount> mounts{{"a", "/a", "ext4"}, {"n", "/n", "nfs"}, {"b", "/b", "ext4"}};
  EXPECT_EQ(reader.read(mounts).size(), 2u);
  EXPECT_EQ(reader.hanging(), 1u);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(reader.read(mounts).size(), 2u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 45ms) << "it is not asked again";

  release.set_value();
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (reader.hanging() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(reader.read(mounts).size(), 3u) << "it is asked again once it answers";
}

TEST(Filesystems, NoMoreThanAFewThreadsEverHang) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  FilesystemReader reader(5ms, [released](const Mount&, Filesystem&) {
    released.wait();
    return false;
  });
  std::vector<Mount> mounts;
  for (int i = 0; i < 20; ++i) mounts.push_back({"n", "/n" + std::to_string(i), "nfs"});
  EXPECT_TRUE(reader.read(mounts).empty());
  EXPECT_EQ(reader.hanging(), FilesystemReader::kMostHanging);
  release.set_value();
}

}  // namespace
}  // namespace monitron::host
