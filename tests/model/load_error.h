// SPDX-License-Identifier: Apache-2.0
// What the loader says about a spoilt model file.
#ifndef TACET_TESTS_MODEL_LOAD_ERROR_H_
#define TACET_TESTS_MODEL_LOAD_ERROR_H_

#include <cstddef>
#include <span>
#include <string>

#include "tests/model/make_model.h"

namespace tacet {

// The loader's message about these bytes, under the name test.tacet; "" where
// it takes them. Expects InvalidArgument and one line that starts with the
// name.
std::string LoadError(std::span<const std::byte> bytes);

// As LoadError, with the hash made right.
std::string SealedLoadError(RawFile file);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_LOAD_ERROR_H_
