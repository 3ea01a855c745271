#include "domain/check_secrets.hpp"

#include "domain/check_fields.hpp"

namespace monitron::domain {

namespace {

// A visitor of fields_of. No list has secrets.
class Finder {
 public:
  explicit Finder(const std::function<void(Secret&)>& act) : act_(act) {}

  template <class T>
  void operator()(const char*, T& value, const FieldRule&) {
    if constexpr (std::is_same_v<T, Secret>) {
      if (!value.empty()) act_(value);
    } else if constexpr (std::is_same_v<T, std::map<std::string, Secret>>) {
      for (auto& [name, secret] : value) {
        if (!secret.empty()) act_(secret);
      }
    } else if constexpr (std::is_same_v<T, TlsOptions>) {
      fields_of(*this, value);
    }
  }

 private:
  const std::function<void(Secret&)>& act_;
};

}  // namespace

std::string secret_context(const CheckId& id) { return "check:" + id.str(); }

void for_each_secret(CheckSettings& settings, const std::function<void(Secret&)>& act) {
  Finder finder(act);
  std::visit([&](auto& one) { fields_of(finder, one); }, settings);
}

}  // namespace monitron::domain
