#include "probe/resolver.hpp"

#include <ares.h>
#include <cstring>
#include <unordered_map>
#include <uv.h>

namespace monitron::probe {

struct Resolver::State {
  loop::Loop* loop = nullptr;
  ares_channel channel = nullptr;
  bool usable = false;
  std::vector<Address> servers;
  std::unordered_map<ares_socket_t, uv_poll_t*> polls;
  loop::Timer tick;
  bool ticking = false;

  // c-ares counts its own time-outs; it only has to be called now and then while a query runs.
  void follow() {
    if (polls.empty()) {
      tick.stop();
      ticking = false;
    } else if (!ticking) {
      ticking = true;
      tick = loop->every(std::chrono::milliseconds(50),
                         [this] { ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
    }
  }

  void watch(ares_socket_t fd, int readable, int writable) {
    auto found = polls.find(fd);
    if (readable == 0 && writable == 0) {
      if (found == polls.end()) return;
      uv_poll_stop(found->second);
      uv_close(reinterpret_cast<uv_handle_t*>(found->second),
               [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
      polls.erase(found);
      return;
    }
    if (found == polls.end()) {
      auto* poll = new uv_poll_t;
      if (uv_poll_init_socket(loop->raw(), poll, fd) != 0) {
        delete poll;
        return;
      }
      poll->data = this;
      found = polls.emplace(fd, poll).first;
    }
    const int events = (readable != 0 ? UV_READABLE : 0) | (writable != 0 ? UV_WRITABLE : 0);
    uv_poll_start(found->second, events, [](uv_poll_t* poll, int status, int seen) {
      auto* state = static_cast<State*>(poll->data);
      uv_os_fd_t socket = -1;
      uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &socket);
      const bool read = status != 0 || (seen & UV_READABLE) != 0;
      const bool write = status != 0 || (seen & UV_WRITABLE) != 0;
      ares_process_fd(state->channel, read ? socket : ARES_SOCKET_BAD,
                      write ? socket : ARES_SOCKET_BAD);
      state->follow();
    });
  }
};

namespace {

Error error_of(int status) {
  const std::string text = std::string("name resolution: ") + ares_strerror(status);
  if (status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME) {
    return {Fault::not_found, text};
  }
  return {Fault::unavailable, text};
}

void answer(void* data, int status, int, ares_addrinfo* info) {
  const std::unique_ptr<Resolver::Found> found(static_cast<Resolver::Found*>(data));
  std::vector<Address> addresses;
  if (info != nullptr) {
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
      addresses.push_back(Address::of(node->ai_addr));
    }
    ares_freeaddrinfo(info);
  }
  if (status != ARES_SUCCESS) return (*found)(fail(error_of(status)));
  if (addresses.empty()) return (*found)(fail(error_of(ARES_ENODATA)));
  (*found)(std::move(addresses));
}

std::vector<Address> servers_of(ares_channel channel) {
  std::vector<Address> servers;
  ares_addr_port_node* first = nullptr;
  if (ares_get_servers_ports(channel, &first) != ARES_SUCCESS) return servers;
  for (const auto* node = first; node != nullptr; node = node->next) {
    Address address;
    address.storage.ss_family = static_cast<sa_family_t>(node->family);
    if (node->family == AF_INET6) {
      std::memcpy(&reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_addr, &node->addr.addr6,
                  sizeof(in6_addr));
    } else {
      reinterpret_cast<sockaddr_in*>(&address.storage)->sin_addr = node->addr.addr4;
    }
    address.set_port(node->udp_port == 0 ? 53 : node->udp_port);
    servers.push_back(address);
  }
  ares_free_data(first);
  return servers;
}

}  // namespace

Resolver::Resolver(loop::Loop& loop, const std::vector<std::string>& servers)
    : state_(std::make_unique<State>()) {
  state_->loop = &loop;
  static const int kLibrary = ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.flags = ARES_FLAG_STAYOPEN;
  options.timeout = 2000;
  options.tries = 2;
  char lookups[] = "fb";
  options.lookups = lookups;
  options.sock_state_cb_data = state_.get();
  options.sock_state_cb = [](void* data, ares_socket_t fd, int readable, int writable) {
    static_cast<State*>(data)->watch(fd, readable, writable);
  };
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                   ARES_OPT_SOCK_STATE_CB;
  state_->usable = kLibrary == ARES_SUCCESS &&
                   ares_init_options(&state_->channel, &options, mask) == ARES_SUCCESS;
  if (state_->usable && !servers.empty()) {
    std::string list;
    for (const auto& server : servers) list += (list.empty() ? "" : ",") + server;
    state_->usable = ares_set_servers_ports_csv(state_->channel, list.c_str()) == ARES_SUCCESS;
  }
  if (state_->usable) state_->servers = servers_of(state_->channel);
}

const std::vector<Address>& Resolver::servers() const { return state_->servers; }

Resolver::~Resolver() {
  if (state_->channel != nullptr) ares_destroy(state_->channel);
}

void Resolver::resolve(const std::string& host, Found found, int family) {
  if (auto numeric = Address::parse(host)) {
    if (family == AF_UNSPEC || family == numeric->family()) {
      return found(std::vector<Address>{*numeric});
    }
    const char* wished = family == AF_INET6 ? "IPv6" : "IPv4";
    return found(fail(Fault::invalid, host + " is not an address of " + wished));
  }
  if (!state_->usable) return found(fail(Fault::unavailable, "the resolver could not be set up"));
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(state_->channel, host.c_str(), nullptr, &hints, answer,
                   new Found(std::move(found)));
  state_->follow();
}

}  // namespace monitron::probe
