// Routes asked from within the program.

#include "http/router.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace monitron::http {
namespace {

using namespace std::chrono_literals;

class Asking : public ::testing::Test {
 protected:
  static auto soon() { return std::chrono::steady_clock::now() + 5s; }
  static Request request(Method method, std::string path) {
    Request one{.method = method, .path = std::move(path)};
    one.caller = {.kind = "user", .id = "7", .permissions = {"read"}};
    return one;
  }

  loop::Workers workers_{"ask", 1, 1};
  Router router_{workers_, [](const Request&) -> Result<Caller> {
                   ADD_FAILURE() << "the caller is known already";
                   return fail(Fault::denied, "");
                 }};
};

TEST_F(Asking, TheHandlerAnswersWithItsParametersAndTheCaller) {
  router_.add(Method::get, "/things/:id", needs("read"), [](const Request& asked) {
    return Response{.status = 200, .body = asked.params.at("id") + " of " + asked.caller.id};
  });
  EXPECT_EQ(router_.ask(request(Method::get, "/things/3"), soon()).body, "3 of 7");
  EXPECT_EQ(router_.ask(request(Method::get, "/nothing"), soon()).status, 404);
}

TEST_F(Asking, WhatTheCallerMayNotIsNotDone) {
  bool done = false;
  router_.add(Method::put, "/things", needs("write"), [&](const Request&) {
    done = true;
    return Response{};
  });
  EXPECT_EQ(router_.ask(request(Method::put, "/things"), soon()).status, 403);
  EXPECT_FALSE(done);
}

// S-29.
TEST_F(Asking, AnExceptionIsAnswered500WithoutItsText) {
  router_.add(Method::get, "/bad", needs("read"),
              [](const Request&) -> Response { throw std::runtime_error("secret"); });
  const auto answer = router_.ask(request(Method::get, "/bad"), soon());
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(Asking, WhatComesLaterFromElsewhereIsWaitedFor) {
  std::thread elsewhere;
  router_.add_async(Method::get, "/later", needs("read"), [&](std::shared_ptr<Exchange> exchange) {
    elsewhere = std::thread([exchange = std::move(exchange)] { exchange->send({.status = 202}); });
  });
  EXPECT_EQ(router_.ask(request(Method::get, "/later"), soon()).status, 202);
  elsewhere.join();
}

TEST_F(Asking, WhatTakesTooLongIsToldThatItsClientHasGone) {
  std::shared_ptr<Exchange> kept;
  router_.add_async(Method::get, "/never", needs("read"),
                    [&](std::shared_ptr<Exchange> exchange) { kept = std::move(exchange); });
  const auto answer =
      router_.ask(request(Method::get, "/never"), std::chrono::steady_clock::now() + 10ms);
  EXPECT_EQ(answer.status, 504);
  EXPECT_TRUE(kept->request().gone->load());

  auto left = request(Method::get, "/never");
  left.gone = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(router_.ask(std::move(left), soon() + 1h).status, 504);
  EXPECT_TRUE(kept->request().gone->load());
}

}  // namespace
}  // namespace monitron::http
