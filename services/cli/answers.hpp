#pragma once
// What answers of the API say, as text. A member that is missing, or null, says nothing.

#include <nlohmann/json.hpp>
#include <string>

namespace monitron::cli {

// Null when it is missing or null, or `object` is none.
const nlohmann::json* member(const nlohmann::json& object, const char* name);
std::string text_of(const nlohmann::json& object, const char* name);
const nlohmann::json& items_of(const nlohmann::json& object, const char* name);
// "2026-11-21T10:00:00.123Z" as people read it.
std::string when(const nlohmann::json& object, const char* name);
// "check=shop, env=prod"
std::string labels_text(const nlohmann::json& labels);
// The whole of it, for -o json.
std::string json_text(const nlohmann::json& value);

}  // namespace monitron::cli
