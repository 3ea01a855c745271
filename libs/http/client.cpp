#include "http/client.hpp"

#include "base/text.hpp"
#include "http/transfers.hpp"

#include <algorithm>
#include <atomic>
#include <curl/curl.h>
#include <map>
#include <sys/socket.h>

namespace monitron::http {
namespace {

// One transfer: the request, what came so far, and curl's handle.
struct Transfer {
  ClientRequest request;
  Client::Done done;
  Response response;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  bool too_large = false;
  bool forbidden = false;  // an address that may not be reached

  explicit Transfer(ClientRequest r) : request(std::move(r)) {
    prepare_curl();
    easy = curl_easy_init();
    response.status = 0;
    response.content_type.clear();
  }
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto* transfer = static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer->response.body.size() + bytes > transfer->request.max_response_bytes) {
    transfer->too_large = true;
    return 0;
  }
  transfer->response.body.append(data, bytes);
  return bytes;
}

// As libcurl would do it, but only to addresses that may be reached.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  auto* transfer = static_cast<Transfer*>(user);
  if (!transfer->request.may_reach(&address->addr)) {
    transfer->forbidden = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto* transfer = static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/")) transfer->response.headers.clear();  // after 100 Continue
  if (colon != std::string_view::npos && transfer->response.headers.size() < 200) {
    const auto value = trim(line.substr(colon + 1));
    auto name = to_lower(line.substr(0, colon));
    if (name == "content-type") transfer->response.content_type = value;
    transfer->response.headers.emplace_back(std::move(name), std::string(value));
  }
  return size * count;
}

void set_body(Transfer& transfer) {
  const auto& request = transfer.request;
  CURL* easy = transfer.easy;
  if (request.method == Method::head) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.method == Method::get) return;
  if (request.method != Method::delete_ || !request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  const std::string method(to_string(request.method));
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

// Fault invalid: a header that would begin another line.
Result<void> prepare(Transfer& transfer) {
  const auto& request = transfer.request;
  for (const auto& [name, value] : request.headers) {
    if (has_control(name) || has_control(value)) return fail(Fault::invalid, "a header's text");
  }
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Given up while a name is looked up: leave that thread to itself, do not wait for it.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY,
                   "*");  // what a variable of the environment says is not ours
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "monitron");
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.certificate_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, request.certificate_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, request.key_file.c_str());
  }
  if (request.may_reach) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  }
  if (!request.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
  }
  // No "Expect: 100-continue" (it costs a second with servers that ignore it); keep-alive said
  // aloud, because Pistache keeps only connections that ask for it.
  for (const auto* line : {"Expect:", "Connection: keep-alive"}) {
    transfer.headers = curl_slist_append(transfer.headers, line);
  }
  for (const auto& [name, value] : request.headers) {
    auto line = name;
    line.append(": ").append(value);
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  set_body(transfer);
  return {};
}

Result<Response> outcome(Transfer& transfer, CURLcode code) {
  const bool enough = transfer.too_large && !transfer.request.wants_body;
  if (code == CURLE_OK || enough) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }
  if (transfer.forbidden) return fail(Fault::denied, "this address may not be called");
  if (transfer.too_large) return fail(Fault::unavailable, "the answer is larger than allowed");
  const auto fault = code == CURLE_OPERATION_TIMEDOUT ? Fault::timeout : Fault::unavailable;
  return fail(fault, curl_easy_strerror(code));
}

}  // namespace

struct Client::State {
  loop::Loop& loop;
  Transfers transfers;
  std::map<CURL*, std::unique_ptr<Transfer>> open;
  std::shared_ptr<std::atomic<bool>> alive = std::make_shared<std::atomic<bool>>(true);

  explicit State(loop::Loop& l) : loop(l), transfers(l) {}

  void start(std::unique_ptr<Transfer> transfer) {
    if (auto good = prepare(*transfer); !good) return transfer->done(fail(good.error()));
    CURL* easy = transfer->easy;
    open.emplace(easy, std::move(transfer));
    transfers.add(easy, [this, easy](int code) {
      auto node = open.extract(easy);
      auto result = outcome(*node.mapped(), static_cast<CURLcode>(code));
      node.mapped()->done(std::move(result));
    });
  }
};

Client::Client(loop::Loop& loop) : state_(std::make_unique<State>(loop)) {}

Client::~Client() {
  *state_->alive = false;
  auto open = std::move(state_->open);
  state_->open.clear();
  for (auto& [easy, transfer] : open) {
    state_->transfers.remove(easy);
    transfer->done(fail(Fault::unavailable, "the program is stopping"));
  }
}

void Client::send(ClientRequest request, Done done) {
  auto transfer =
      std::make_shared<std::unique_ptr<Transfer>>(std::make_unique<Transfer>(std::move(request)));
  (*transfer)->done = std::move(done);
  state_->loop.post([state = state_.get(), alive = state_->alive, transfer] {
    if (!*alive) return (*transfer)->done(fail(Fault::unavailable, "the program is stopping"));
    state->start(std::move(*transfer));
  });
}

Result<Response> fetch(const ClientRequest& request) {
  Transfer transfer(request);
  if (auto good = prepare(transfer); !good) return fail(good.error());
  return outcome(transfer, curl_easy_perform(transfer.easy));
}

std::string without_credentials(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) {
    return "(not a URL)";
  }
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, curl_free);
  return text;
}

}  // namespace monitron::http
