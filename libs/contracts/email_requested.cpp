#include "contracts/email_requested.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {

using nlohmann::json;

namespace {

constexpr std::size_t kAttachmentLimit = 16;

Message job(const Contract& contract, const char* key, const EmailRequested& email) {
  Message message;
  message.exchange = kJobsExchange;
  message.routing_key = key;
  message.type = contract.type;
  message.version = contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/json";
  message.body = encode(email);
  return message;
}

}  // namespace

std::string encode(const EmailRequested& email) {
  json attachments = json::array();
  for (const auto& attachment : email.attachments) {
    attachments.push_back({{"file_id", attachment.file_id.str()},
                           {"name", attachment.name},
                           {"content_type", attachment.content_type}});
  }
  const json body = {{"delivery_key", email.delivery_key},
                     {"to", email.to},
                     {"subject", email.subject},
                     {"text", email.text},
                     {"html", email.html},
                     {"thread", email.thread},
                     {"attachments", std::move(attachments)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<EmailRequested> decode_email_requested(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("email.requested"));
  Members members(*parsed);
  EmailRequested email;
  email.delivery_key = members.text("delivery_key");
  email.to = members.text("to");
  email.subject = members.text("subject");
  email.text = members.text("text");
  email.html = members.text("html");
  email.thread = members.text("thread");
  if (email.delivery_key.empty()) members.refuse("delivery_key", "is missing");
  if (email.to.empty()) members.refuse("to", "is missing");
  const json& attachments = members.array("attachments");
  if (attachments.size() > kAttachmentLimit) members.refuse("attachments", "are too many");
  for (std::size_t i = 0; i < attachments.size() && members.good(); ++i) {
    Members one(attachments[i], "attachments[" + std::to_string(i) + "].");
    EmailRequested::Attachment attachment{one.required_uuid("file_id"), one.text("name"),
                                          one.text("content_type", "application/octet-stream")};
    auto read = one.finish(std::move(attachment));
    if (!read) return fail(read.error().in("email.requested"));
    email.attachments.push_back(std::move(*read));
  }
  auto read = members.finish(std::move(email));
  if (!read) return fail(read.error().in("email.requested"));
  return read;
}

Message to_message(const EmailRequested& email) {
  return job(EmailRequested::contract, "email.low", email);
}

Message to_alert_message(const EmailRequested& email) {
  return job(EmailRequested::alert_contract, "email.high", email);
}

Message to_account_message(const EmailRequested& email) {
  return job(EmailRequested::account_contract, "email.high", email);
}

}  // namespace monitron::contracts
