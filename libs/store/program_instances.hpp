#pragma once
// Which programs run and whether they are ready: each writes its own row every ten seconds; a row
// that was not renewed for thirty counts for nothing. GET /health is made of them.

#include "base/ids.hpp"
#include "store/tx.hpp"

#include <string>

namespace monitron::store {

struct ProgramInstance {
  Uuid instance{};        // made at the start of the program
  std::string program{};  // "notifier"
  std::string version{};
  bool ready = false;
  std::string detail{};  // why it is not
};

void note_program(pqxx::work& tx, const ProgramInstance& program);
// At its end.
void forget_program(pqxx::work& tx, const Uuid& instance);

}  // namespace monitron::store
