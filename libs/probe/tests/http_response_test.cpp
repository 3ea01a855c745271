// Answers as bytes: well-formed, packed, cut and hostile; no network.

#include "probe/http_response.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>

namespace monitron::probe {
namespace {

using State = HttpResponseReader::State;

// `window`: 31 gzip, 15 zlib, -15 bare.
std::string packed(const std::string& text, int window) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string answer(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

State feed_by_one(HttpResponseReader& reader, const std::string& bytes) {
  State state = State::more;
  for (const char& byte : bytes) {
    state = reader.feed({&byte, 1});
    if (state != State::more) break;
  }
  return state;
}

TEST(HttpResponse, BytesMayComeInAnyPieces) {
  const std::string bytes = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                            answer("X-One: a\r\nx-one:  b \r\nX-Empty:\r\n", "hello");
  HttpResponseReader reader(false, 1000);
  ASSERT_EQ(feed_by_one(reader, bytes), State::done);
  const HttpResponse& response = reader.response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.text(), "hello");
  EXPECT_EQ(response.headers("X-ONE"), (std::vector<std::string_view>{"a", "b "}));
  EXPECT_EQ(response.header("x-empty"), "");
  EXPECT_FALSE(response.header("link"));
  EXPECT_FALSE(response.header("x"));
  EXPECT_TRUE(response.head.starts_with("HTTP/1.1 200 OK\nX-One: a\n")) << response.head;
  EXPECT_TRUE(reader.reusable());
}

TEST(HttpResponse, SomeAnswersHaveNoBody) {
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    HttpResponseReader reader(false, 1000);
    EXPECT_EQ(reader.feed("HTTP/1.1 " + std::string(status) + "\r\nContent-Encoding: gzip\r\n\r\n"),
              State::done);
  }
  HttpResponseReader head(true, 1000);
  EXPECT_EQ(head.feed("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"), State::done);
  EXPECT_EQ(head.response().content_length, 500);
}

TEST(HttpResponse, PackedBodiesAreUnpacked) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i) + "\n";
  const std::pair<const char*, int> forms[] = {
      {"gzip", 31}, {"X-GZIP", 31}, {"deflate", 15}, {"deflate", -15}};
  for (const auto& [name, window] : forms) {
    HttpResponseReader reader(false, 1 << 20);
    const auto bytes =
        answer("Content-Encoding: " + std::string(name) + "\r\n", packed(text, window));
    ASSERT_EQ(feed_by_one(reader, bytes), State::done) << name << reader.error();
    EXPECT_EQ(reader.response().body.text(), text) << name;
    EXPECT_EQ(reader.response().body.bytes(), text.size());
  }
  HttpResponseReader two(false, 1 << 20);
  EXPECT_EQ(two.feed(answer("Content-Encoding: gzip\r\n",
                            packed("one", 31) + packed("two", 31) + std::string(20, '\0'))),
            State::done);
  EXPECT_EQ(two.response().body.text(), "onetwo");
  HttpResponseReader other(false, 1 << 20);
  EXPECT_EQ(other.feed(answer("Content-Encoding: br\r\n", "as it is")), State::done);
  EXPECT_EQ(other.response().body.text(), "as it is");
}

TEST(HttpResponse, NothingIsReadBehindAPackThatEndsAtTheEndOfThePiece) {
  const std::string text(16'384, 'x');  // fills what is unpacked at a time to its last byte
  const std::string bytes = packed(text, 31);
  const std::string behind = bytes + "\x1f";
  HttpBody body(1 << 20);
  body.set_encoding("gzip");
  EXPECT_EQ(body.feed(std::string_view(behind).substr(0, bytes.size())), HttpBody::State::more);
  EXPECT_TRUE(body.whole());
  EXPECT_EQ(body.text(), text);
}

TEST(HttpResponse, BrokenPackingIsNamed) {
  const auto good = packed("hello hello hello", 31);
  HttpResponseReader broken(false, 1000);
  EXPECT_EQ(broken.feed(answer("Content-Encoding: gzip\r\n", "this is plain")), State::broken);
  EXPECT_EQ(broken.error(), "the packed body is broken");
  HttpResponseReader cut(false, 1000);
  EXPECT_EQ(cut.feed(answer("Content-Encoding: gzip\r\n", good.substr(0, good.size() - 9))),
            State::broken);
  EXPECT_EQ(cut.error(), "the packed body is cut short");
}

TEST(HttpResponse, ABombUnpacksToTheLimitOnly) {
  const auto bomb = packed(std::string(200 << 20, 'x'), 31);
  EXPECT_LT(bomb.size(), 1U << 20);
  HttpResponseReader reader(false, 10'000);
  EXPECT_EQ(reader.feed(answer("Content-Encoding: gzip\r\n", bomb)), State::done);
  EXPECT_EQ(reader.response().body.text().size(), 10'000U);
  EXPECT_LT(reader.response().body.bytes(), 100'000U);
  EXPECT_FALSE(reader.reusable());
}

TEST(HttpResponse, WhatComesBehindAnAnswerIsNotRead) {
  HttpResponseReader reader(false, 1000);
  EXPECT_EQ(reader.feed(answer("", "hello") + "HTTP/1.1 500 Other\r\n\r\n"), State::done);
  EXPECT_EQ(reader.response().status, 200);
  EXPECT_FALSE(reader.reusable());
  HttpResponseReader closing(false, 1000);
  EXPECT_EQ(closing.feed(answer("Connection: close\r\n", "hello")), State::done);
  EXPECT_FALSE(closing.reusable());
}

TEST(HttpResponse, HostileHeadsAreBounded) {
  HttpResponseReader reader(false, 1000);
  State state = reader.feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 100'000 && state == State::more; ++i)
    state = reader.feed("X-A: bbbbbbbb\r\n");
  EXPECT_EQ(state, State::broken);
  EXPECT_LE(reader.response().head.size(), HttpResponse::kHeadLimit);
  HttpResponseReader huge(false, 1000);
  EXPECT_EQ(huge.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
            State::broken);
}

TEST(HttpResponse, NoBytesBreakTheReader) {
  rc::check("bytes", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
        std::vector<std::string>{"HTTP/1.1 200 OK\r\n", "HTTP/1.1 ", "100 C\r\n\r\n", "\r\n", "\n",
                                 "Content-Length: ", "5", "-1", "Transfer-Encoding: chunked\r\n",
                                 "Content-Encoding: gzip\r\n", "Content-Encoding: deflate\r\n",
                                 "a\r\n", ": ", "\x1f\x8b\x08", "x\xff", "\x78\x9c", "0\r\n\r\n",
                                 std::string("\0\0", 2), "Location: "}));
    HttpResponseReader reader(*rc::gen::arbitrary<bool>(), 1000);
    State state = State::more;
    for (const auto& piece : pieces) {
      if (state == State::more) state = reader.feed(piece);
    }
    if (state == State::more) reader.end();
    RC_ASSERT(reader.response().body.text().size() <= 1000U);
  });
  rc::check("packed bytes", [] {
    HttpBody body(1000);
    body.set_encoding(*rc::gen::element("gzip", "deflate"));
    std::string bytes = packed("hello hello hello hello", 31);
    const auto flips =
        *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>());
    for (const auto flip : flips)
      bytes[flip % bytes.size()] ^= static_cast<char>(1 << (flip >> 13));
    (void)body.feed(bytes);
    RC_ASSERT(body.text().size() <= 1000U);
  });
}

}  // namespace
}  // namespace monitron::probe
