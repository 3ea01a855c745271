#pragma once
// Silences as the API shows and takes them.

#include "alertmanager/client.hpp"
#include "api/fields.hpp"

namespace monitron::api {

Json silence_json(const alertmanager::Silence& silence);
// From the body of a request; `before`: what it changes, of which stays what is not said. What is
// over begins anew.
Outcome<alertmanager::Silence> read_silence(const http::Request& request, Instant now,
                                            const alertmanager::Silence* before = nullptr);

}  // namespace monitron::api
