#pragma once
// The live stream on what a test asks over HTTP.

#include "api/stream.hpp"
#include "suite.hpp"
#include "testkit/web_socket.hpp"

namespace monitron::api {

template <class Test>
class StreamTest : public Test {
 protected:
  void SetUp() override {
    Test::SetUp();
    if (Test::IsSkipped()) return;
    auto& api = Test::api();
    stream_ = std::make_unique<Stream>(*api.context, *api.access, *api.graphql);
    ASSERT_TRUE(stream_->start());
  }

  std::unique_ptr<Stream> stream_;
};

}  // namespace monitron::api
