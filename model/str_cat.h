// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_STR_CAT_H_
#define TACET_MODEL_STR_CAT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tacet {

// absl::StrCat that also takes a std::string_view: Debian builds Abseil for
// C++14, where absl::string_view is another type.
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  const auto for_absl = [](const auto& part) -> decltype(auto) {
    using Part = std::decay_t<decltype(part)>;
    if constexpr (std::is_same_v<Part, std::string_view>) {
      return absl::string_view(part.data(), part.size());
    } else {
      return (part);
    }
  };
  return absl::StrCat(for_absl(parts)...);
}

}  // namespace tacet

#endif  // TACET_MODEL_STR_CAT_H_
