#include "probe/kafka_login.hpp"

namespace monitron::probe {

namespace {

constexpr int kIterations =
    16'384;  // the most that Kafka itself allows; each broker is logged in to

}  // namespace

KafkaLogin::KafkaLogin(const domain::KafkaSettings& settings) {
  const auto& password = settings.password.text;
  if (settings.sasl_mechanism == "PLAIN") {
    plain_ = '\0' + settings.username + '\0' + password;
    return;
  }
  const bool longer = settings.sasl_mechanism == "SCRAM-SHA-512";
  scram_.emplace(settings.username, password, make_scram_nonce(),
                 longer ? ScramHash::sha512 : ScramHash::sha256, kIterations);
}

std::string KafkaLogin::first() const { return scram_ ? scram_->first() : plain_; }

Result<std::string> KafkaLogin::answer(std::string_view words) {
  if (!scram_) return "";
  if (!proof_awaited_) {
    proof_awaited_ = true;
    return scram_->answer(words);
  }
  if (scram_->proven_by(words)) return "";
  return fail(Fault::denied, "does not prove that it knows the password");
}

}  // namespace monitron::probe
