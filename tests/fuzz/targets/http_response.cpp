// Answers of HTTP servers: head, chunks, packed bodies. However the bytes are cut, the answer is
// the same.

#include "probe/http_response.hpp"

#include "fuzz.hpp"
#include "probe/expressions.hpp"
#include "probe/http_judge.hpp"

namespace monitron::fuzz {
namespace {

using probe::HttpResponseReader;

constexpr std::size_t kLimits[] = {0, 100, 65'536};

HttpResponseReader::State read(HttpResponseReader& reader, const Input& input, std::size_t piece) {
  auto state = HttpResponseReader::State::more;
  input.in_pieces(piece, [&](const std::string& bytes) {
    state = reader.feed(bytes);
    return state == HttpResponseReader::State::more;
  });
  return state == HttpResponseReader::State::more ? reader.end() : state;
}

void must_judge(const probe::HttpResponse& response) {
  domain::HttpSettings settings;
  settings.body_contains = "well";
  settings.body_matches = "a+b";
  settings.header_matches["server"] = "^n";
  settings.json.push_back({"$.a", "==", "1"});
  settings.extract.push_back({"kept", "$.a", "", {}});
  probe::Expressions expressions;
  const auto verdict = probe::judge(settings, response, expressions);
  must(verdict.reason.size() < 65'536, "a reason without measure");
  must(verdict.series.size() <= 1, "more than was asked for");
}

}  // namespace
}  // namespace monitron::fuzz

MONITRON_FUZZ(http_response) {
  using namespace monitron::fuzz;
  Input input(bytes);
  const bool head = input.flag();
  const std::size_t limit = kLimits[input.choose(3)];
  const std::size_t piece = input.choose(256);
  HttpResponseReader whole(head, limit);
  HttpResponseReader pieces(head, limit);
  const auto state = read(whole, input, 0);
  const auto state_of_pieces = read(pieces, input, piece);
  const auto& one = whole.response();
  const auto& other = pieces.response();
  for (const auto* response : {&one, &other}) {
    must(response->head.size() <= monitron::probe::HttpResponse::kHeadLimit, "a head too large");
    must(response->body.text().size() <= limit, "more of the body than asked for");
  }
  must_judge(one);
  // How much is heard before a fault is found depends on the pieces.
  if (one.body.cut() || other.body.cut()) return;
  must(state == state_of_pieces, "pieces make another end");
  if (state != HttpResponseReader::State::done) return;
  must(one.status == other.status && one.head == other.head, "pieces make another head");
  must(one.body.text() == other.body.text(), "pieces make another body");
}
