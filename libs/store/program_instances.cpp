#include "store/program_instances.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

void note_program(pqxx::work& tx, const ProgramInstance& program) {
  tx.exec_params0(
      "INSERT INTO program_instances (instance, program, version, ready, detail) "
      "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (instance) DO UPDATE SET "
      "ready = EXCLUDED.ready, detail = EXCLUDED.detail, seen_at = now()",
      program.instance.str(), program.program, program.version, program.ready, program.detail);
  tx.exec0("DELETE FROM program_instances WHERE seen_at < now() - interval '1 day'");
}

void forget_program(pqxx::work& tx, const Uuid& instance) {
  tx.exec_params0("DELETE FROM program_instances WHERE instance = $1", instance.str());
}

}  // namespace monitron::store
