#include "probe/curl_request.hpp"

#include "base/text.hpp"
#include "http/transfers.hpp"

#include <array>
#include <cerrno>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using std::chrono::microseconds;

struct CurlRequest::State {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  HttpResponse response;
  std::size_t body_limit = 0;
  bool in_head = false;
  const char* body_error = nullptr;

  std::shared_ptr<TlsTrust> trust;
  std::string name;  // that the certificate must be for
  bool verify = true;
  bool handshaking = false;
  std::optional<PeerCertificate> certificate;

  std::function<bool(const Address&)> may_reach;
  std::string denied;  // an address that may not be reached
  int own_error = 0;   // errno of a socket that could not be made
  int socket = -1;
  std::optional<TcpInfo> info;

  ~State() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    curl_slist_free_all(connect_to);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  void begin_answer(std::string_view status_line);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) noexcept;
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept;
  static curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* peer) noexcept;
  static int on_connected(void* user, char*, char*, int, int) noexcept;
  static CURLcode on_tls(CURL*, void* context, void* user) noexcept;
};

void CurlRequest::State::begin_answer(std::string_view status_line) {
  long version = 0;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  in_head = true;
  response = {};
  response.body = HttpBody(body_limit);
  response.status = static_cast<int>(status);
  response.version = version == CURL_HTTP_VERSION_2_0   ? 2
                     : version == CURL_HTTP_VERSION_1_0 ? 1
                                                        : 1.1;
  response.add_head(trim(status_line));
  if (socket >= 0) info = read_tcp_info(socket);
}

std::size_t CurlRequest::State::on_header(char* data, std::size_t, std::size_t size,
                                          void* user) noexcept {
  State& state = *static_cast<State*>(user);
  const std::string_view line = trim({data, size});
  HttpResponse& response = state.response;
  // An answer may be followed by another: after 100 Continue and the like.
  if (line.starts_with("HTTP/")) {
    state.begin_answer(line);
    return size;
  }
  if (line.empty()) {
    if (!std::exchange(state.in_head, false)) return size;  // behind trailers
    if (const auto coding = response.header("content-encoding")) {
      response.body.set_encoding(*coding);
    }
    if (const auto length = response.header("content-length")) {
      response.content_length = parse_number<std::int64_t>(*length).value_or(-1);
    }
    return size;
  }
  const auto colon = line.find(':', 1);
  response.add_head("\n");
  if (colon == std::string_view::npos) {
    response.add_head(line);
    return size;
  }
  response.add_head(line.substr(0, colon));
  response.add_head(": ");
  response.add_head(trim(line.substr(colon + 1)));
  return size;
}

std::size_t CurlRequest::State::on_body(char* data, std::size_t, std::size_t size,
                                        void* user) noexcept {
  State& state = *static_cast<State*>(user);
  const auto kept = state.response.body.feed({data, size});
  if (kept == HttpBody::State::broken) state.body_error = "the packed body is broken";
  return kept == HttpBody::State::more ? size : 0;
}

// The last word on whom we speak to.
curl_socket_t CurlRequest::State::on_open(void* user, curlsocktype, curl_sockaddr* peer) noexcept {
  State& state = *static_cast<State*>(user);
  const bool known = peer->family == AF_INET || peer->family == AF_INET6;
  const Address address = known ? Address::of(&peer->addr) : Address{};
  if (!known || !state.may_reach(address)) {
    state.denied = known ? address.str() : "of an unknown family";
    return CURL_SOCKET_BAD;
  }
  state.socket = ::socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
  state.own_error = state.socket < 0 ? errno : 0;
  return state.socket;
}

// Before the request is sent: with a bad certificate it is not.
int CurlRequest::State::on_connected(void* user, char*, char*, int, int) noexcept {
  State& state = *static_cast<State*>(user);
  const curl_tlssessioninfo* session = nullptr;
  curl_easy_getinfo(state.easy, CURLINFO_TLS_SSL_PTR, &session);
  if (session == nullptr || session->internals == nullptr) return CURL_PREREQFUNC_OK;
  state.certificate =
      certificate_of(static_cast<ssl_st*>(session->internals), *state.trust, state.name);
  const bool good = !state.verify || state.certificate->good();
  return good ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

// The same rules as for connections of our own; parsing CAs for each would cost 40 ms.
CURLcode CurlRequest::State::on_tls(CURL*, void* context, void* user) noexcept {
  static_cast<State*>(user)->handshaking = true;
  const SSL_CTX* ours = static_cast<State*>(user)->trust->context();
  auto* theirs = static_cast<SSL_CTX*>(context);
  SSL_CTX_set_security_level(theirs, SSL_CTX_get_security_level(ours));
  SSL_CTX_set_min_proto_version(
      theirs, static_cast<int>(SSL_CTX_get_min_proto_version(const_cast<SSL_CTX*>(ours))));
  X509* certificate = SSL_CTX_get0_certificate(ours);
  EVP_PKEY* key = SSL_CTX_get0_privatekey(ours);
  if (certificate == nullptr || key == nullptr) return CURLE_OK;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(const_cast<SSL_CTX*>(ours), &chain);
  const bool taken = SSL_CTX_use_certificate(theirs, certificate) == 1 &&
                     SSL_CTX_use_PrivateKey(theirs, key) == 1 &&
                     SSL_CTX_set1_chain(theirs, chain) == 1;
  return taken ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

namespace {

using Wishes = CurlRequest::Wishes;

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string literal(const Address& address) {
  return in_brackets(address.str()) + ":" + std::to_string(address.port());
}

void set_method(CURL* easy, const HttpRequest& request) {
  const auto& [method, body] = std::tie(request.method, request.body);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

curl_slist* headers_of(const HttpRequest& request) {
  curl_slist* list = nullptr;
  const auto add = [&](const std::string& line) { list = curl_slist_append(list, line.c_str()); };
  bool typed = false;
  bool named = false;
  for (const auto& [name, value, secret] : request.headers) {
    typed = typed || to_lower(name) == "content-type";
    named = named || to_lower(name) == "host";
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");  // waiting for leave costs a second with servers that do not know it
  if (!typed) add("Content-Type:");
  if (!named) add("Host: " + request.url.host_header());
  return list;
}

// HTTP/2 by itself (no upgrade) without TLS.
long version_of(const Wishes& wishes) {
  if (wishes.settings.http_version != "2") return CURL_HTTP_VERSION_1_1;
  return wishes.request.url.https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

}  // namespace

CurlRequest::CurlRequest(const Wishes& wishes) : state_(std::make_unique<State>()) {
  http::prepare_curl();
  State& state = *state_;
  const HttpUrl& url = wishes.request.url;
  const domain::HttpSettings& settings = wishes.settings;
  state.easy = curl_easy_init();
  state.body_limit = static_cast<std::size_t>(settings.max_body_bytes);
  state.trust = wishes.trust;
  state.name = wishes.tls.server_name.empty() ? url.host : wishes.tls.server_name;
  state.verify = wishes.tls.verify;
  state.may_reach = wishes.may_reach;

  // What the URL names goes into SNI; where we connect to stands apart from it.
  const std::string& shown = url.https ? state.name : url.host;
  const std::string port = std::to_string(url.port);
  const std::string text =
      (url.https ? "https://" : "http://") + in_brackets(shown) + ":" + port + url.path;
  state.set(CURLOPT_URL, text.c_str());
  state.set(CURLOPT_PATH_AS_IS, 1L);
  state.set(CURLOPT_PROTOCOLS_STR, "http,https");
  const bool by_proxy = !settings.proxy.empty();
  if (by_proxy) {
    state.set(CURLOPT_PROXY, ("http://" + literal(wishes.address)).c_str());
    if (!url.https && settings.http_version == "2") state.set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    if (shown != url.host) {
      const std::string to = "::" + in_brackets(url.host) + ":" + port;
      state.connect_to = curl_slist_append(nullptr, to.c_str());
    }
  } else {
    state.set(CURLOPT_PROXY, "");  // what a variable of the environment says is not ours
    state.connect_to = curl_slist_append(nullptr, ("::" + literal(wishes.address)).c_str());
  }
  state.set(CURLOPT_NOPROXY, by_proxy ? "" : "*");
  state.set(CURLOPT_CONNECT_TO, state.connect_to);
  state.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  state.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(wishes.connect_within.count()));
  state.set(CURLOPT_NOSIGNAL, 1L);
  state.set(CURLOPT_FRESH_CONNECT, 1L);
  state.set(CURLOPT_FORBID_REUSE, 1L);
  state.set(CURLOPT_HTTP_VERSION, version_of(wishes));
  state.set(CURLOPT_ERRORBUFFER, state.error.data());
  set_method(state.easy, wishes.request);
  state.headers = headers_of(wishes.request);
  state.set(CURLOPT_HTTPHEADER, state.headers);
  state.set(CURLOPT_HEADERFUNCTION, State::on_header);
  state.set(CURLOPT_HEADERDATA, &state);
  state.set(CURLOPT_WRITEFUNCTION, State::on_body);
  state.set(CURLOPT_WRITEDATA, &state);
  state.set(CURLOPT_OPENSOCKETFUNCTION, State::on_open);
  state.set(CURLOPT_OPENSOCKETDATA, &state);
  // Certificates are judged by us, once the handshake is over.
  state.set(CURLOPT_SSL_VERIFYPEER, 0L);
  state.set(CURLOPT_SSL_VERIFYHOST, 0L);
  state.set(CURLOPT_SSL_CTX_FUNCTION, State::on_tls);
  state.set(CURLOPT_SSL_CTX_DATA, &state);
  state.set(CURLOPT_PREREQFUNCTION, State::on_connected);
  state.set(CURLOPT_PREREQDATA, &state);
}

CurlRequest::~CurlRequest() = default;

void* CurlRequest::easy() const { return state_->easy; }
const HttpResponse& CurlRequest::response() const { return state_->response; }
const std::optional<PeerCertificate>& CurlRequest::certificate() const {
  return state_->certificate;
}
bool CurlRequest::handshaking() const { return state_->handshaking; }
const std::optional<TcpInfo>& CurlRequest::tcp_info() const { return state_->info; }

CurlRequest::Times CurlRequest::times() const {
  const auto since_begin = [&](CURLINFO what) {
    curl_off_t us = 0;
    curl_easy_getinfo(state_->easy, what, &us);
    return microseconds(us);
  };
  const auto connected = since_begin(CURLINFO_CONNECT_TIME_T);
  const auto secured = since_begin(CURLINFO_APPCONNECT_TIME_T);
  const auto ready = since_begin(CURLINFO_PRETRANSFER_TIME_T);
  const auto begun = since_begin(CURLINFO_STARTTRANSFER_TIME_T);
  const auto over = since_begin(CURLINFO_TOTAL_TIME_T);
  Times times;
  const microseconds zero(0);
  if (connected > zero) times.connect = connected;
  if (secured > zero) times.tls = secured - connected;
  if (begun > zero) times.first_byte = begun - ready;
  if (begun > zero) times.transfer = over - begun;
  return times;
}

CurlRequest::Told CurlRequest::told(int code) const {
  const State& state = *state_;
  const std::string text =
      state.error[0] != '\0' ? state.error.data() : curl_easy_strerror(static_cast<CURLcode>(code));
  if (state.body_error != nullptr) return {End::broken, "HTTP: " + std::string(state.body_error)};
  if (code == CURLE_WRITE_ERROR && state.response.body.cut()) return {};
  if (code == CURLE_OK) {
    if (state.response.body.whole()) return {};
    return {End::broken, "HTTP: the packed body is cut short"};
  }
  if (!state.denied.empty()) {
    return {End::denied, "address " + state.denied + " may not be checked"};
  }
  if (state.certificate && state.verify && !state.certificate->good()) {
    return {End::broken, state.certificate->complaint()};
  }
  long error = 0;
  long proxy_status = 0;
  curl_easy_getinfo(state.easy, CURLINFO_OS_ERRNO, &error);
  curl_easy_getinfo(state.easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (state.own_error != 0) error = state.own_error;
  if (proxy_status >= 300) {
    const bool unreached = proxy_status >= 500;
    return {unreached ? End::broken : End::denied,
            "the proxy answers " + std::to_string(proxy_status) + " instead of connecting"};
  }
  const bool no_way = code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
  return {no_way ? End::unconnected : End::broken, text, -static_cast<int>(error)};
}

}  // namespace monitron::probe
