#pragma once
// What the parameters of POST /api/v1/import/prometheus say:
//
//   server_id=UUID            whose the samples are; absent: nobody's, they keep just their labels
//   timestamp=MILLISECONDS    of lines without a time; absent: now
//   extra_label=NAME=VALUE    given to every series; may be repeated

#include "ingest/exposition.hpp"

namespace monitron::ingest {

struct ImportRequest {
  Uuid server{};  // nil: nobody's
  ExpositionForm form{};
  std::string parameters{};  // those that change what is stored, for Idempotency-Key
};

Taken<ImportRequest> read_import_request(const http::Request& request, Instant now);

}  // namespace monitron::ingest
