#pragma once
// One login by SASL, as Kafka has it: PLAIN (RFC 4616) or SCRAM. Pure; any words may come in.

#include "base/result.hpp"
#include "domain/check_settings.hpp"
#include "probe/scram.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace monitron::probe {

class KafkaLogin {
 public:
  explicit KafkaLogin(const domain::KafkaSettings& settings);

  std::string first() const;
  // What to say to the server's words; empty: all is said. Faults name what the server does wrong.
  Result<std::string> answer(std::string_view words);

 private:
  std::string plain_;
  std::optional<ScramClient> scram_;
  bool proof_awaited_ = false;
};

}  // namespace monitron::probe
