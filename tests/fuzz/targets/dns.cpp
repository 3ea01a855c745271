// Messages of name servers.

#include "base/text.hpp"
#include "fuzz.hpp"
#include "probe/dns_message.hpp"

MONITRON_FUZZ(dns) {
  using namespace monitron;
  static const std::string kQuery =
      probe::encode_dns_query({.id = 0x1234, .name = "wWw.example.org", .type = 1}).value();
  const bool ours = probe::answers_dns_query(kQuery, bytes);
  fuzz::must(!ours || probe::answers_dns_query(kQuery, bytes, true), "any case is less");
  const auto answer = probe::decode_dns_answer(bytes);
  if (!answer) return;
  fuzz::must(answer->answers.size() <= bytes.size() / 11, "more records than bytes");
  for (const auto& record : answer->answers) {
    fuzz::must_be_text(record.name, "a name");
    fuzz::must_be_text(record.text, "a record");
    fuzz::must(record.text.find_first_of("\r\n") == std::string::npos, "a record of two lines");
    fuzz::must(record.text.size() <= 4 * bytes.size() + 2048, "a record without measure");
    (void)probe::canonical_dns_text(record.type, record.text);
  }
  (void)probe::dns_code_name(answer->rcode);
  (void)probe::canonical_dns_text(16, bytes);
}
