// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_VALIDATORS_H_
#define TACET_CLI_VALIDATORS_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tacet {

// The help says in words what an option takes.
inline CLI::Validator Plain(CLI::Validator validator) {
  validator.description("");
  return validator;
}

// Takes the names of values alone, where CLI11's own takes their numbers too
// and tells of both. For CLI::Option::transform.
template <typename Enum>
CLI::Validator OneOf(const std::map<std::string, Enum>& values) {
  const auto name = [](std::string* text, const auto& value) {
    text->append(value.first);
  };
  const std::string names = absl::StrJoin(values, ",", name);
  return CLI::Validator(
      [values, names](std::string& input) {
        const auto found = values.find(input);
        if (found == values.end()) {
          return absl::StrCat(input, " not in {", names, "}");
        }
        input = absl::StrCat(static_cast<int>(found->second));
        return std::string();
      },
      "");
}

}  // namespace tacet

#endif  // TACET_CLI_VALIDATORS_H_
