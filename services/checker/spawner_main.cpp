// monitron-spawner FOLDER [USER]: runs scripts for the checker, which starts it and speaks to it on
// descriptor 3. Not meant to be started by hand.

#include "script/spawner.hpp"

#include <cstdio>
#include <sys/socket.h>

using namespace monitron;

int main(int argc, char** argv) {
  constexpr int kSocket = 3;
  int kind = 0;
  socklen_t size = sizeof(kind);
  if (argc < 2 || getsockopt(kSocket, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) {
    std::fputs("monitron-spawner is started by monitron-checker\n", stderr);
    return 64;
  }
  std::optional<script::Account> account;
  if (argc > 2) {
    auto found = script::account_of(argv[2]);
    if (!found) return 78;
    account = std::move(*found);
  }
  return script::Spawner(kSocket, argv[1], std::move(account)).serve();
}
