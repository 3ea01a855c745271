// Stapled OCSP answers (RFC 6960), as they come with a handshake.

#include "probe/chain_judge.hpp"

#include <ctime>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>

namespace monitron::probe {

namespace {

using Response = std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)>;
using Basic = std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)>;

std::string time_text(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown time";
  return to_rfc3339(from_ms(static_cast<std::int64_t>(timegm(&parts)) * 1000));
}

// The answer about this leaf among those that came.
OCSP_SINGLERESP* answer_about(OCSP_BASICRESP* basic, X509* leaf) {
  const int count = OCSP_resp_count(basic);
  for (int i = 0; i < count && i < 100; ++i) {
    OCSP_SINGLERESP* answer = OCSP_resp_get0(basic, i);
    ASN1_INTEGER* serial = nullptr;
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(answer));
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id);
    if (serial != nullptr && ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) == 0) {
      return answer;
    }
  }
  return nullptr;
}

OcspWord word_of(OCSP_SINGLERESP* answer, bool trusted) {
  int reason = 0;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(answer, &reason, &revoked, &from, &until);
  OcspWord word;
  word.text = OCSP_cert_status_str(status);
  if (status == V_OCSP_CERTSTATUS_REVOKED) {
    word.revoked = trusted;
    word.text += " since " + time_text(revoked);
  }
  if (until != nullptr) {
    const bool fresh = OCSP_check_validity(from, until, 300, -1) == 1;
    word.text += (fresh ? ", until " : ", out of date since ") + time_text(until);
  }
  if (!trusted) word.text += ", its signature cannot be verified";
  return word;
}

}  // namespace

OcspWord read_ocsp(std::string_view der, SSL_CTX* trust, STACK_OF(X509) * certificates) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())),
                          OCSP_RESPONSE_free);
  const auto clean =
      std::unique_ptr<void, void (*)(void*)>(&trust, [](void*) { ERR_clear_error(); });
  if (!response) return {"unreadable", false};
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return {std::string("no answer: ") + OCSP_response_status_str(status), false};
  }
  const Basic basic(OCSP_response_get1_basic(response.get()), OCSP_BASICRESP_free);
  if (!basic) return {"unreadable", false};
  OCSP_SINGLERESP* answer = answer_about(basic.get(), sk_X509_value(certificates, 0));
  if (answer == nullptr) return {"about another certificate", false};
  const bool trusted =
      OCSP_basic_verify(basic.get(), certificates, SSL_CTX_get_cert_store(trust), 0) == 1;
  return word_of(answer, trusted);
}

}  // namespace monitron::probe
