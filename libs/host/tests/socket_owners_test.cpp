// Whose a socket is. C-014, C-038.

#include "host/socket_owners.hpp"

#include "host/proc_file.hpp"
#include "host/scan.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::host {
namespace {

using namespace std::chrono_literals;

std::uint32_t inode_of(int descriptor) {
  struct stat status {};
  EXPECT_EQ(fstat(descriptor, &status), 0);
  return static_cast<std::uint32_t>(status.st_ino);
}

std::string own_name() {
  const auto text = read_text("/proc/self/comm").value_or("");
  return text.substr(0, text.find('\n'));
}

TEST(SocketOwners, FindTheProcessOfASocket) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(socket, 0);
  SocketOwners owners;
  EXPECT_EQ(owners.of(inode_of(socket)), nullptr);
  owners.look({inode_of(socket), 0}, 10s);
  const auto* owner = owners.of(inode_of(socket));
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(owner->process, own_name());
  EXPECT_EQ(owner->user.empty(), false);
  EXPECT_EQ(owners.of(0), nullptr);
  owners.look({}, 10s);
  EXPECT_EQ(owners.of(inode_of(socket)), nullptr) << "it is gone";
  close(socket);
}

// However little time a round has, the next goes on from there.
TEST(SocketOwners, GoOnWhereTheyLeftOff) {
  std::vector<int> sockets;
  for (int i = 0; i < 300; ++i) sockets.push_back(::socket(AF_INET, SOCK_STREAM, 0));
  std::vector<std::uint32_t> inodes;
  for (const auto one : sockets) inodes.push_back(inode_of(one));
  SocketOwners owners;
  const auto found = [&] {
    return std::count_if(inodes.begin(), inodes.end(),
                         [&](auto one) { return owners.of(one) != nullptr; });
  };
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (found() < 300 && std::chrono::steady_clock::now() < deadline) owners.look(inodes, 1ms);
  EXPECT_EQ(found(), 300);
  for (const auto one : sockets) close(one);
}

// What nobody has (that this process may see) is looked for once, not for ever.
TEST(SocketOwners, WhatIsNotFoundIsLookedForOnce) {
  SocketOwners owners;
  const std::vector<std::uint32_t> nobodys{4'000'000'000U};
  owners.look(nobodys, 60s);
  EXPECT_EQ(owners.of(nobodys.front()), nullptr);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) owners.look(nobodys, 60s);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 100ms)
      << "a walk takes a millisecond at least";
}

TEST(SocketOwners, ContainersAndUnitsAreReadFromCgroups) {
  const auto read = [](std::string_view text) {
    Owner owner;
    read_cgroup(text, owner);
    return owner;
  };
  const std::string id(64, 'a');
  EXPECT_EQ(read("0::/system.slice/nginx.service\n"), (Owner{.unit = "nginx.service"}));
  EXPECT_EQ(read("0::/system.slice/docker-" + id + ".scope\n").container, "aaaaaaaaaaaa");
  EXPECT_EQ(read("12:cpu:/docker/" + id + "\n1:name=systemd:/docker/" + id + "\n").container,
            "aaaaaaaaaaaa");
  EXPECT_EQ(read("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
                 "cri-containerd-" +
                 id + ".scope\n")
                .container,
            "aaaaaaaaaaaa");
  EXPECT_EQ(read("0::/user.slice/user-1000.slice/session-1.scope\n"), Owner{});
  EXPECT_EQ(read("0::/\n"), Owner{});
  EXPECT_EQ(read(""), Owner{});
}

}  // namespace
}  // namespace monitron::host
