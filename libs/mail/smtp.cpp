#include "mail/smtp.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <memory>

namespace monitron::mail {
namespace {

struct Free {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using Handle = std::unique_ptr<CURL, Free>;
using List = std::unique_ptr<curl_slist, Free>;
using Mime = std::unique_ptr<curl_mime, Free>;

void append(List& list, const std::string& line) {
  auto* head = curl_slist_append(list.get(), line.c_str());
  MONITRON_EXPECTS(head != nullptr);
  (void)list.release();
  list.reset(head);
}

void set_text(curl_mimepart* part, const std::string& text, const char* type) {
  curl_mime_data(part, text.data(), text.size());
  curl_mime_type(part, type);
  curl_mime_encoder(part, "base64");
}

void add_body(CURL* curl, curl_mime* mixed, const Letter& letter) {
  curl_mime* both = curl_mime_init(curl);
  set_text(curl_mime_addpart(both), letter.text, "text/plain; charset=utf-8");
  if (!letter.html.empty()) {
    set_text(curl_mime_addpart(both), letter.html, "text/html; charset=utf-8");
  }
  curl_mimepart* part = curl_mime_addpart(mixed);
  curl_mime_subparts(part, both);
  curl_mime_type(part, "multipart/alternative");
  // Else libcurl calls it an attachment.
  curl_mime_headers(part, curl_slist_append(nullptr, "Content-Disposition: inline"), 1);
}

// Nothing in it could end the header.
bool is_media_type(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

Mime mime_of(CURL* curl, const Letter& letter) {
  Mime mixed(curl_mime_init(curl));
  add_body(curl, mixed.get(), letter);
  for (const auto& file : letter.files) {
    curl_mimepart* part = curl_mime_addpart(mixed.get());
    curl_mime_data(part, file.bytes.data(), file.bytes.size());
    curl_mime_type(part, is_media_type(file.content_type) ? file.content_type.c_str()
                                                          : "application/octet-stream");
    curl_mime_headers(part, curl_slist_append(nullptr, disposition_of(file).c_str()), 1);
    curl_mime_encoder(part, "base64");
  }
  return mixed;
}

void set_server(CURL* curl, const Server& server) {
  const bool implicit = server.encryption == Encryption::tls;
  const auto url = (implicit ? "smtps://" : "smtp://") + server.host + ":" +
                   std::to_string(server.port) + "/monitron";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  if (server.encryption != Encryption::none) {
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  }
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
}

Error error_of(CURLcode code, long answer, const char* details) {
  std::string text = *details ? details : curl_easy_strerror(code);
  if (answer > 0) text += " (the server's answer: " + std::to_string(answer) + ")";
  if (code == CURLE_OPERATION_TIMEDOUT) return {Fault::timeout, text};
  const bool about_the_letter = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
                                code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UPLOAD_FAILED;
  // 530, 534, 535, 538 (RFC 4954): not the letter is refused but how we came.
  const bool about_us = answer == 530 || answer == 534 || answer == 535 || answer == 538;
  if (about_the_letter && !about_us && answer >= 500 && answer < 600) return {Fault::invalid, text};
  return {Fault::unavailable, text};
}

}  // namespace

Result<void> send(const Server& server, const Letter& letter) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  MONITRON_EXPECTS(ready == CURLE_OK);
  const Handle curl(curl_easy_init());
  MONITRON_EXPECTS(curl != nullptr);
  std::array<char, CURL_ERROR_SIZE> details{};
  set_server(curl.get(), server);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, details.data());
  const auto from = "<" + letter.from.mailbox + ">";
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
  List recipients, headers;
  append(recipients, "<" + letter.to.mailbox + ">");
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
  for (const auto& header : headers_of(letter)) append(headers, header);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  const Mime mime = mime_of(curl.get(), letter);
  curl_easy_setopt(curl.get(), CURLOPT_MIMEPOST, mime.get());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  long answer = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  return fail(error_of(code, answer, details.data()));
}

}  // namespace monitron::mail
