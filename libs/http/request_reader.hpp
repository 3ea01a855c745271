#pragma once
// Reads requests of one connection from its bytes, one after the other. Private to this room;
// belongs to one thread.

#include "base/result.hpp"
#include "http/message.hpp"

#include <memory>
#include <string_view>

namespace monitron::http {

class RequestReader {
 public:
  enum class State { idle, reading, complete, bad, too_large };

  explicit RequestReader(std::size_t max_body_bytes);
  ~RequestReader();

  // Takes bytes until a request is complete (or cannot be read): how many.
  std::size_t feed(std::string_view bytes);
  State state() const;
  // What it keeps of the request that it reads, about.
  std::size_t held() const;
  // The client waits for leave to send its body; true once.
  bool wants_leave();

  // What is complete, or so far; the next one may be fed then. Fault: invalid.
  Result<void> take(Request& request);
  bool keep_alive() const;  // of the one that was taken

 private:
  struct Parsing;
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace monitron::http
