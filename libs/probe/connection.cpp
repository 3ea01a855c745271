#include "probe/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <uv.h>

namespace monitron::probe {

struct Connection::State {
  uv_tcp_t tcp{};
  uv_connect_t connecting{};
  Listener* listener = nullptr;  // null once the Connection is gone
  int writes = 0;
  int reset = 0;

  // A failed write shows as the end of reading as well, and is told there. But the kernel tells of
  // a reset once: after a write that heard of it, reading merely ends.
  void note(int write_status) {
    if (write_status == UV_ECONNRESET) reset = write_status;
  }
};

namespace {

struct Write {
  uv_write_t request{};
  std::string bytes;
};

// One buffer per loop thread is enough: bytes are handed on before the next read.
void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  static thread_local std::array<char, 65'536> bytes;
  *buffer = uv_buf_init(bytes.data(), bytes.size());
}

}  // namespace

Connection::Connection(Connection&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

Connection::~Connection() { close(); }

int Connection::open(loop::Loop& loop, const Address& address, Listener& listener) {
  close();
  auto* state = new State;
  state->tcp.data = state;
  state->connecting.data = state;
  const int made = uv_tcp_init_ex(loop.raw(), &state->tcp, static_cast<unsigned>(address.family()));
  if (made != 0) {
    delete state;
    return made;
  }
  state_ = state;
  const auto connected = [](uv_connect_t* request, int status) {
    auto* self = static_cast<State*>(request->data);
    if (self->listener == nullptr) return;
    if (status == 0) {
      const auto read = [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto* owner = static_cast<State*>(stream->data);
        if (owner->listener == nullptr || size == 0) return;
        if (size > 0)
          return owner->listener->on_data({buffer->base, static_cast<std::size_t>(size)});
        uv_read_stop(stream);
        owner->listener->on_end(size == UV_EOF ? owner->reset : static_cast<int>(size));
      };
      uv_read_start(reinterpret_cast<uv_stream_t*>(&self->tcp), give_buffer, read);
    }
    self->listener->on_connect(status);
  };
  const int started = uv_tcp_connect(&state->connecting, &state->tcp, address.raw(), connected);
  if (started != 0) {
    close();
    return started;
  }
  state->listener = &listener;
  return 0;
}

void Connection::tell(Listener& listener) {
  if (state_ != nullptr) state_->listener = &listener;
}

void Connection::write(std::string bytes) {
  if (state_ == nullptr || bytes.empty()) return;
  // The first write never waits for an acknowledgement; a second one would.
  if (++state_->writes == 2) uv_tcp_nodelay(&state_->tcp, 1);
  auto* stream = reinterpret_cast<uv_stream_t*>(&state_->tcp);
  uv_buf_t buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  const int written = uv_try_write(stream, &buffer, 1);
  if (written < 0 && written != UV_EAGAIN) return state_->note(written);
  bytes.erase(0, static_cast<std::size_t>(std::max(written, 0)));
  if (bytes.empty()) return;
  auto* rest = new Write{{}, std::move(bytes)};
  rest->request.data = rest;
  buffer = uv_buf_init(rest->bytes.data(), static_cast<unsigned>(rest->bytes.size()));
  const auto ended = [](uv_write_t* request, int status) {
    static_cast<State*>(request->handle->data)->note(status);
    delete static_cast<Write*>(request->data);
  };
  if (const int failed = uv_write(&rest->request, stream, &buffer, 1, ended); failed != 0) {
    state_->note(failed);
    delete rest;
  }
}

void Connection::close() {
  if (state_ == nullptr) return;
  State* state = std::exchange(state_, nullptr);
  state->listener = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&state->tcp),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

int Connection::descriptor() const {
  uv_os_fd_t fd = -1;
  if (state_ != nullptr) uv_fileno(reinterpret_cast<const uv_handle_t*>(&state_->tcp), &fd);
  return fd;
}

TcpInfo Connection::info() const { return read_tcp_info(descriptor()); }
std::string Connection::info_text() const { return tcp_info_text(descriptor()); }

bool is_own_trouble(int uv_error) {
  constexpr std::array kOurs{UV_EMFILE, UV_ENFILE, UV_ENOBUFS,      UV_ENOMEM,
                             UV_EACCES, UV_EPERM,  UV_EADDRNOTAVAIL};
  for (const int ours : kOurs) {
    if (uv_error == ours) return true;
  }
  return false;
}

bool is_descriptor_trouble(int uv_error) { return uv_error == UV_EMFILE || uv_error == UV_ENFILE; }

bool is_network_trouble(int uv_error) {
  return uv_error == UV_ENETUNREACH || uv_error == UV_EHOSTUNREACH || uv_error == UV_ETIMEDOUT ||
         uv_error == UV_ENETDOWN || uv_error == UV_EHOSTDOWN;
}

std::string uv_error_text(int uv_error) { return uv_strerror(uv_error); }

}  // namespace monitron::probe
