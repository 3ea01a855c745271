#pragma once
// One request and its answer over libcurl: the handle, set up for what HttpVisit asks. What is
// spoken to is always an address: curl resolves nothing.

#include "probe/address.hpp"
#include "probe/http_request.hpp"
#include "probe/http_response.hpp"
#include "probe/tcp_info.hpp"
#include "probe/tls_client.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace monitron::probe {

class CurlRequest {
 public:
  struct Wishes {
    const HttpRequest& request;
    const domain::HttpSettings& settings;
    const domain::TlsOptions& tls;
    Address address;  // with its port: the target's, or the proxy's
    std::shared_ptr<TlsTrust> trust;
    std::chrono::milliseconds connect_within{0};
    std::function<bool(const Address&)> may_reach;
  };
  explicit CurlRequest(const Wishes& wishes);
  ~CurlRequest();
  CurlRequest(const CurlRequest&) = delete;
  CurlRequest& operator=(const CurlRequest&) = delete;

  void* easy() const;
  const HttpResponse& response() const;
  const std::optional<PeerCertificate>& certificate() const;
  bool handshaking() const;                        // TLS has begun
  const std::optional<TcpInfo>& tcp_info() const;  // when the answer began

  // How long its parts took, as far as it came.
  struct Times {
    using Part = std::optional<std::chrono::microseconds>;
    Part connect;
    Part tls;
    Part first_byte;
    Part transfer;
  };
  Times times() const;

  enum class End {
    whole,        // the answer is here, or as much of it as was wished
    unconnected,  // another address may have more luck
    denied,       // by our rules, or by the proxy
    broken        // by the target
  };
  struct Told {
    End end = End::whole;
    std::string reason{};
    int error = 0;  // -errno, when there was one
  };
  Told told(int code) const;  // `code` of curl

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
