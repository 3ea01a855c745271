#include "contracts/check_slice.hpp"

#include "contracts/check_definition.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {

using nlohmann::json;

namespace {

constexpr std::size_t kJobLimit = 10'000;

// Definitions come from UTF-8-checked input; a broken byte would make dump() throw.
std::string text_of(const json& body) {
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Message json_message(const Contract& contract, const std::string& location, std::string body) {
  Message message;
  message.exchange = kChecksExchange;
  message.routing_key = location;
  message.type = contract.type;
  message.version = contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/json";
  message.body = std::move(body);
  return message;
}

}  // namespace

SliceText::SliceText(const CheckSlice& slice) : location_(slice.location) {
  text_ = text_of({{"location", slice.location},
                   {"second_ms", to_ms(slice.second)},
                   {"part", slice.part},
                   {"fence", slice.fence}});
  text_.pop_back();
  text_ += R"(,"jobs":[)";
}

void SliceText::add(Instant slot, domain::CheckStatus status, const Uuid& check,
                    std::string_view members) {
  text_ += jobs_++ == 0 ? R"({"slot_ms":)" : R"(,{"slot_ms":)";
  text_ += std::to_string(to_ms(slot));
  text_.append(R"(,"status":")").append(to_string(status));
  text_.append(R"(","check":{"id":")").append(check.str()).append("\",");
  text_.append(members.substr(1)).append("}");  // there is always a kind
}

std::string SliceText::body() && { return std::move(text_.append("]}")); }

Message SliceText::message() && {
  return json_message(CheckSlice::contract, location_, std::move(*this).body());
}

std::string encode(const CheckSlice& slice) {
  SliceText text(slice);
  for (const auto& job : slice.jobs) {
    text.add(job.slot, job.status, job.check.id.value, members_text(job.check));
  }
  return std::move(text).body();
}

Result<CheckSlice> decode_check_slice(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("check.slice"));
  Members members(*parsed);
  CheckSlice slice;
  slice.location = members.text("location");
  slice.second = from_ms(members.integer("second_ms", 0, 0, INT64_MAX));
  slice.part = static_cast<std::uint32_t>(members.integer("part", 0, 0, UINT32_MAX));
  slice.fence = members.integer("fence", 0, 0, INT64_MAX);
  const json& jobs = members.array("jobs");
  if (jobs.size() > kJobLimit) return fail(Fault::invalid, "check.slice: jobs: too many");
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::string path = "jobs[" + std::to_string(i) + "].";
    Members job(jobs[i], path);
    const Instant slot = from_ms(job.integer("slot_ms", -1, 0, INT64_MAX));
    auto check = check_from_json(job.object("check"), path + "check.");
    if (!check) return fail(check.error().in("check.slice"));
    const auto status = domain::parse_check_status(job.text("status", "unknown"));
    if (!status) job.refuse("status", "is not up, down or unknown");
    if (slot < Instant{}) job.refuse("slot_ms", "is missing");
    if (const auto good = job.finish(true); !good) return fail(good.error().in("check.slice"));
    slice.jobs.push_back({slot, std::move(*check), *status});
  }
  return members.finish(std::move(slice));
}

Message to_message(const CheckSlice& slice) {
  return json_message(CheckSlice::contract, slice.location, encode(slice));
}

std::string encode(const CheckTest& test) {
  return text_of({{"test_id", test.test_id.str()},
                  {"location", test.location},
                  {"check", check_to_json(test.check)}});
}

Result<CheckTest> decode_check_test(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("check.test"));
  Members members(*parsed);
  CheckTest test;
  test.test_id = members.required_uuid("test_id");
  test.location = members.text("location");
  auto check = check_from_json(members.object("check"), "check.");
  if (!check) return fail(check.error().in("check.test"));
  test.check = std::move(*check);
  return members.finish(std::move(test));
}

Message to_message(const CheckTest& test) {
  return json_message(CheckTest::contract, test.location, encode(test));
}

}  // namespace monitron::contracts
