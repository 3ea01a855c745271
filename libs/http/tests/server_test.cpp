#include "http/server.hpp"

#include "http/client.hpp"
#include "http/router.hpp"
#include "loop/workers.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace monitron::http {
namespace {

Result<Caller> guard(const Request& request) {
  const auto token = request.header("authorization");
  if (token == "Bearer down") return fail(Fault::unavailable, "no database");
  if (token == "Bearer reader") return Caller{"user", "1", "r", {"read"}};
  if (token == "Bearer writer") return Caller{"user", "2", "w", {"read", "write"}};
  return fail(Fault::denied, "no valid credential");
}

class HttpServer : public ::testing::Test {
 protected:
  void SetUp() override {
    router_.add(Method::get, "/echo/:id", needs("read"), [](const Request& request) {
      return json_response(200,
                           request.params.at("id") + "|" + request.query_one("q").value_or("-"));
    });
    router_.add(Method::get, "/echo/fixed", needs("read"),
                [](const Request&) { return json_response(200, "fixed"); });
    for (const auto* path : {"/body", "/large"}) {
      router_.add(Method::post, path, needs("write"), [](const Request& request) {
        return json_response(200, std::to_string(request.body.size()));
      });
    }
    router_.add(Method::get, "/open", open_to_all(),
                [](const Request&) { return json_response(200, "open"); });
    router_.add(Method::get, "/throws", open_to_all(), [](const Request&) -> Response {
      throw std::runtime_error("std::secret SELECT password");
    });
    router_.add(Method::get, "/throws-int", open_to_all(),
                [](const Request&) -> Response { throw 42; });
    router_.add(Method::get, "/forged", open_to_all(), [](const Request&) {
      return Response{200, "text/plain\r\nX-One: 1", "x", {{"X-Two", "a\r\nX-Three: 3\r\n\r\nx"}}};
    });
    router_.add_async(Method::get, "/forgets", open_to_all(), [](const auto&) {});
    router_.add_async(Method::get, "/slow", open_to_all(), [this](const auto& exchange) {
      ++started_;
      hold_.wait();
      exchange->send(json_response(200, "late"));
    });
    ASSERT_TRUE(server_.start());
  }

  Result<Response> ask(Method method, const std::string& path, const std::string& token = "",
                       const std::string& body = "") {
    ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    request.headers.emplace_back("X-Request-Id", "rq-1");
    request.body = body;
    return fetch(request);
  }

  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  std::promise<void> release_;
  std::shared_future<void> hold_{release_.get_future()};
  std::atomic<int> started_{0};
  loop::Workers workers_{"test", 2, 8};
  Router router_{workers_, guard};
  Server server_{{.max_body_bytes_at = {{"/large", 4u << 20}}},
                 [this](Request request, Responder responder) {
                   router_.serve(std::move(request), std::move(responder));
                 }};
};

TEST_F(HttpServer, GivesPathAndQueryDecoded) {
  const auto answer = ask(Method::get, "/echo/a%20b?q=%C3%A4+x", "reader");
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "a b|ä x");
  EXPECT_EQ(header(*answer, "x-request-id"), "rq-1");
}

// As long as the gateway lets through, and told twice as it does (large_client_header_buffers).
TEST_F(HttpServer, AddressesMayBeAsLongAsQueriesAre) {
  const std::string value(32u << 10, 'x');
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/echo/1?q=" + value;
  request.headers = {{"Authorization", "Bearer reader"}, {"X-Original-Query", "q=" + value}};
  const auto answer = fetch(request);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->body, "1|" + value);
}

TEST_F(HttpServer, PrefersTheLiteralRoute) {
  EXPECT_EQ(ask(Method::get, "/echo/fixed", "reader")->body, "fixed");
}

TEST_F(HttpServer, DeniesByDefaultWithProblemDetails) {
  const auto anonymous = ask(Method::get, "/echo/1");
  EXPECT_EQ(anonymous->status, 401);
  EXPECT_EQ(anonymous->content_type, "application/problem+json");
  const auto body = nlohmann::json::parse(anonymous->body);
  EXPECT_EQ(body["status"], 401);
  EXPECT_EQ(body["request_id"], "rq-1");
  EXPECT_EQ(body["instance"], "/echo/1");
  EXPECT_EQ(ask(Method::post, "/body", "reader", "x")->status, 403);
  EXPECT_EQ(ask(Method::get, "/echo/1", "down")->status, 503);
}

TEST_F(HttpServer, AnswersHeadOptionsAndWrongMethods) {
  const auto head = ask(Method::head, "/open");
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
  const auto options = ask(Method::options, "/open");
  EXPECT_EQ(options->status, 204);
  const auto wrong = ask(Method::post, "/open", "", "x");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(header(*wrong, "allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask(Method::get, "/none")->status, 404);
  EXPECT_EQ(ask(Method::get, "/%00")->status, 400);
}

// S-29.
TEST_F(HttpServer, TellsNothingOfExceptions) {
  for (const auto* path : {"/throws", "/throws-int", "/forgets"}) {
    const auto answer = ask(Method::get, path);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->content_type, "application/problem+json");
    EXPECT_EQ(answer->body.find("secret"), std::string::npos);
    EXPECT_EQ(answer->body.find("std::"), std::string::npos);
  }
}

TEST_F(HttpServer, NoHeaderBeginsAnotherLine) {
  const auto answer = ask(Method::get, "/forged");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "x");
  EXPECT_EQ(answer->content_type, "text/plainX-One: 1");
  EXPECT_EQ(header(*answer, "x-two"), "aX-Three: 3x");
  EXPECT_EQ(header(*answer, "x-three"), "");
}

TEST_F(HttpServer, EveryAnswerIsObserved) {
  std::mutex mutex;
  std::map<std::string, int> seen;
  router_.observe([&](std::string_view, std::string_view route, int status, double) {
    const std::lock_guard lock(mutex);
    seen[std::string(route)] = status;
  });
  for (const auto* path : {"/open", "/throws", "/forgets", "/none"}) {
    ASSERT_TRUE(ask(Method::get, path));
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(seen, (std::map<std::string, int>{
                      {"/open", 200}, {"/throws", 500}, {"/forgets", 500}, {"none", 404}}));
}

TEST_F(HttpServer, TakesBodiesUpToItsLimit) {
  EXPECT_EQ(ask(Method::post, "/body", "writer", std::string(1 << 20, 'x'))->body, "1048576");
  EXPECT_EQ(ask(Method::post, "/body", "writer", std::string((1 << 20) + (96 << 10), 'x'))->status,
            413);
  EXPECT_EQ(ask(Method::post, "/large", "writer", std::string(4 << 20, 'x'))->body, "4194304");
  EXPECT_EQ(ask(Method::post, "/large", "writer", std::string((4 << 20) + 1, 'x'))->status, 413);
}

TEST_F(HttpServer, AFullQueueAnswers503) {
  std::vector<std::future<int>> asked;
  const auto ask_slow = [&](int times) {
    for (int i = 0; i < times; ++i) {
      asked.push_back(
          std::async(std::launch::async, [this] { return ask(Method::get, "/slow")->status; }));
    }
  };
  // Two run, then eight wait; the other four are refused at once.
  ask_slow(2);
  while (started_ < 2) std::this_thread::yield();
  ask_slow(12);
  int refused = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (refused < 4 && std::chrono::steady_clock::now() < deadline) {
    refused = 0;
    for (auto& one : asked) {
      refused += one.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready ? 1 : 0;
    }
  }
  release_.set_value();
  int unavailable = 0;
  for (auto& one : asked) unavailable += one.get() == 503 ? 1 : 0;
  EXPECT_EQ(unavailable, 4);
}

// M-037.
TEST_F(HttpServer, DrainAnswersWhatIsInFlight) {
  auto slow = std::async(std::launch::async, [this] { return ask(Method::get, "/slow"); });
  while (started_ == 0) std::this_thread::yield();
  EXPECT_FALSE(server_.drain(std::chrono::milliseconds(20)));
  EXPECT_EQ(ask(Method::get, "/open")->status, 503);
  release_.set_value();
  EXPECT_TRUE(server_.drain(std::chrono::seconds(5)));
  EXPECT_EQ(slow.get()->body, "late");
}

// Answers from other threads meet Pistache's own, which writes them at the same time.
TEST_F(HttpServer, AnswersFromManyThreadsAtOnce) {
  std::vector<std::future<int>> askers;
  for (int i = 0; i < 6; ++i) {
    askers.push_back(std::async(std::launch::async, [this] {
      int good = 0;
      for (int j = 0; j < 1000; ++j) good += ask(Method::get, "/open")->status == 200 ? 1 : 0;
      return good;
    }));
  }
  for (auto& asker : askers) EXPECT_EQ(asker.get(), 1000);
  EXPECT_TRUE(server_.drain(std::chrono::seconds(5)));
}

TEST_F(HttpServer, KeepsTheNameOfAnEncodingItDoesNotKnow) {
  Request seen;
  Server other({}, [&](const Request& request, Responder responder) {
    seen = request;
    responder.send(json_response(200, "{}"));
  });
  ASSERT_TRUE(other.start());
  ClientRequest request;
  request.method = Method::post;
  request.url = "http://127.0.0.1:" + std::to_string(other.port()) + "/x";
  request.headers = {{"Content-Encoding", "zstd"}, {"Content-Type", "application/x-protobuf"}};
  request.body = "x";
  ASSERT_TRUE(fetch(request));
  EXPECT_EQ(seen.header("content-encoding"), "zstd");
  EXPECT_EQ(seen.header("content-type"), "application/x-protobuf");
}

// Many large bodies at once must not take all the memory.
class HttpServerMemory : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.start()); }
  int post(std::size_t size) const {
    const auto answer = fetch({.method = Method::post,
                               .url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/",
                               .body = std::string(size, 'x')});
    return answer ? answer->status : 0;
  }
  // A request that is not answered yet.
  std::future<int> hold(std::size_t size) {
    const int before = arrived_;
    auto status = std::async(std::launch::async, [this, size] { return post(size); });
    while (arrived_ == before) std::this_thread::yield();
    return status;
  }
  void answer_all() {
    const std::lock_guard lock(mutex_);
    for (auto& responder : held_) responder.send(json_response(200, "{}"));
  }

 private:
  std::mutex mutex_;
  std::vector<Responder> held_;
  std::atomic<int> arrived_{0};
  Server server_{{.max_bytes_in_flight = 100}, [this](const Request&, Responder responder) {
                   const std::lock_guard lock(mutex_);
                   held_.push_back(std::move(responder));
                   ++arrived_;
                 }};
};

TEST_F(HttpServerMemory, BodiesBeyondWhatMayBeInFlightAnswer503) {
  auto first = hold(60);
  EXPECT_EQ(post(60), 503);
  auto second = hold(40);
  EXPECT_EQ(post(1), 503);
  answer_all();
  EXPECT_EQ(first.get(), 200);
  EXPECT_EQ(second.get(), 200);
}

TEST_F(HttpServerMemory, ABodyAloneIsTakenHoweverLarge) {
  auto alone = hold(1000);
  EXPECT_EQ(post(1), 503);
  answer_all();
  EXPECT_EQ(alone.get(), 200);
}

TEST(HttpClient, CompletesOnTheLoop) {
  Server server({}, [](const Request& request, Responder responder) {
    responder.send(json_response(200, request.body + request.header("x-test")));
  });
  ASSERT_TRUE(server.start());
  loop::Loop loop;
  std::vector<std::string> bodies;
  {
    Client client(loop);
    for (int i = 0; i < 20; ++i) {
      ClientRequest request;
      request.method = Method::post;
      request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
      request.headers = {{"X-Test", "h"}};
      request.body = "b";
      client.send(request, [&](Result<Response> answer) {
        bodies.push_back(answer ? answer->body : answer.error().text);
        if (bodies.size() == 20) loop.stop();
      });
    }
    loop.run();
  }
  EXPECT_EQ(bodies, std::vector<std::string>(20, "bh"));
}

TEST(HttpClient, ALogSeesNoPasswordOfAUrl) {
  EXPECT_EQ(without_credentials("https://user:secret@alerts.example:9093/api?x=1"),
            "https://alerts.example:9093/api?x=1");
  EXPECT_EQ(without_credentials("http://127.0.0.1:9093/"), "http://127.0.0.1:9093/");
  EXPECT_EQ(without_credentials("user:secret@"), "(not a URL)");
}

TEST(HttpClient, FaultsSayWhatHappened) {
  ClientRequest request;
  request.url = "http://127.0.0.1:1/";
  EXPECT_EQ(fetch(request).error().fault, Fault::unavailable);
  request.headers = {{"X-Name", "a\r\nX-Other: b"}};
  EXPECT_EQ(fetch(request).error().fault, Fault::invalid);
  request.headers.clear();
  request.url = "file:///etc/passwd";
  EXPECT_EQ(fetch(request).error().fault, Fault::unavailable);
  Server silent({}, [](const Request&, Responder responder) {
    static std::vector<Responder> kept;
    kept.push_back(std::move(responder));
  });
  ASSERT_TRUE(silent.start());
  request.url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
  request.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(fetch(request).error().fault, Fault::timeout);
}

}  // namespace
}  // namespace monitron::http
