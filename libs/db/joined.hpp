#pragma once
// Many transactions as one: as long as it lives, what transact() runs on this thread, of whichever
// Pool, is a part of `tx`. What a part has done is undone when its body answers with an Error, and
// nothing of it holds before `tx` is committed. A statement that fails ends all of it: libpqxx
// rolls `tx` back then. Parts may have parts. Threads: the one that made it.

#include <pqxx/transaction>

namespace monitron::db {

class Joined {
 public:
  explicit Joined(pqxx::work& tx);
  ~Joined();
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;

  // What is done from now on can be undone by undo_step(). Both: false when all of it is over.
  bool begin_step();
  bool undo_step();

 private:
  pqxx::work& tx_;
  pqxx::work* before_;
  bool in_step_ = false;
};

// The first thing that is done in it: all that it reads is as of one moment, and it changes
// nothing.
void read_one_moment(pqxx::work& tx);

}  // namespace monitron::db
