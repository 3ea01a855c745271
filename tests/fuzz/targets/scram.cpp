// The server's half of SCRAM: its first message on a line, its last one after it.

#include "probe/scram.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(scram) {
  using namespace monitron;
  fuzz::Input input(bytes);
  probe::ScramClient client("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
  const auto first = input.line();
  const auto answer = client.answer(first);
  const bool told = answer && answer->find("pencil") != std::string::npos;
  fuzz::must(!told || first.find("pencil") != std::string_view::npos, "it tells the password");
  const bool proven = client.proven_by(input.rest());
  fuzz::must(!proven || answer, "proven before it was asked");
}
