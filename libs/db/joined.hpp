#pragma once
// Many transactions as one: as long as it lives, what transact() runs on this thread, of whichever
// Pool, is a part of `tx`. What a part has done is undone when its body answers with an Error or
// throws, and nothing of it holds before `tx` is committed. A statement of exec() that fails ends
// all of it: libpqxx rolls `tx` back then; one of exec_params() ends its part alone. Parts may have
// parts. One that has another Limited (db/limited.hpp) than `tx` is held to that. Threads: the one
// that made it.

#include "base/result.hpp"
#include "db/limited.hpp"

#include <exception>
#include <functional>
#include <pqxx/transaction>

namespace monitron::db {

class Joined {
 public:
  explicit Joined(pqxx::work& tx);
  ~Joined();
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;

  // What is done from now on, in parts alone, can be undone by undo_step(). Both: false when all of
  // it is over.
  bool begin_step();
  bool undo_step();
  // Throws what a part met when `tx` cannot go on because of what others did at the same time: so
  // that the transact() around all of it tries again.
  void throw_collision() const;

 private:
  friend Result<void> part_of(Joined& all, const std::function<Result<void>(pqxx::work&)>& body);

  pqxx::work& tx_;
  Joined* before_;
  const std::optional<std::string> limit_;  // of `tx`
  bool in_step_ = false;
  bool step_is_empty_ = false;  // its savepoint is that of its first part, too
  std::exception_ptr collision_{};
};

// Whether a statement failed because of what others did at the same time.
bool is_collision(const std::exception& problem);

// The first thing that is done in it: all that it reads is as of one moment. What it changes must
// not have been changed by others since: a collision.
void read_one_moment(pqxx::work& tx);

}  // namespace monitron::db
