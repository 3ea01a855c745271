// What servers say before TLS begins, in each protocol; and after it.

#include "probe/starttls.hpp"

#include "domain/check_fields.hpp"
#include "fuzz.hpp"

MONITRON_FUZZ(starttls) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const auto& protocols = domain::kStartTls;
  const auto talk = probe::StartTls::of(protocols[input.choose(std::size(protocols))]);
  if (talk == nullptr) return;
  const std::size_t piece = input.choose(256);
  std::size_t said = talk->begin().to_send.size();
  bool secured = false;
  input.in_pieces(piece, [&](const std::string& heard) {
    const auto step = secured ? talk->take_leave(heard) : talk->take(heard);
    said += step.to_send.size();
    fuzz::must(step.refusal.size() < 1024, "a refusal without measure");
    fuzz::must(!step.done || step.refusal.empty(), "agreed and refused");
    if (!step.refusal.empty() || (secured && step.done)) return false;
    if (step.done) said += talk->leave().to_send.size();
    secured = secured || step.done;
    return true;
  });
  fuzz::must(said < 65'536, "it says more than it hears");
}
