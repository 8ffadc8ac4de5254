// SPDX-License-Identifier: Apache-2.0
//
// The header is read by events (SAX), not into a JSON tree: memory is bounded
// by what is kept, nesting is refused as soon as it is seen, and a key that
// comes twice is noticed, which a tree would hide.
#include "model/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr std::string_view kMetadataKey = "__metadata__";

constexpr DType kAllDTypes[] = {DType::kF32, DType::kU32, DType::kI32,
                                DType::kU16, DType::kI16, DType::kI8};

class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Unexpected("null"); }
  bool boolean(bool) override { return Unexpected("a boolean"); }
  bool number_integer(number_integer_t) override {
    return Unexpected("a negative number");
  }
  bool number_float(number_float_t, const string_t&) override {
    return Unexpected("a fractional number");
  }
  bool binary(binary_t&) override { return Unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShape) {
      if (entry_.shape.size() == kMaxTensorRank) {
        return Refuse(
            StrCat(Where(), ": more than ", kMaxTensorRank, " dimensions"));
      }
      entry_.shape.push_back(value);
      return true;
    }
    if (place_ == Place::kOffsets) {
      if (num_offsets_ == 2) {
        return Refuse(StrCat(Where(), ": more than 2 data_offsets"));
      }
      (num_offsets_++ == 0 ? entry_.begin : entry_.end) = value;
      return true;
    }
    return Unexpected("a number");
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      header_.metadata[key_] = std::move(value);
      return true;
    }
    if (place_ == Place::kTensor && key_ == "dtype") {
      for (DType dtype : kAllDTypes) {
        if (value == DTypeName(dtype)) {
          entry_.dtype = dtype;
          return true;
        }
      }
      return Refuse(StrCat(Where(), ": dtype ", Printable(value),
                           ", expected F32, U32, I32, U16, I16 or I8"));
    }
    return Unexpected("a string");
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::kStart) {
      place_ = Place::kRoot;
      return true;
    }
    if (place_ != Place::kRoot) return Unexpected("an object");
    if (key_ == kMetadataKey) {
      place_ = Place::kMetadata;
      return true;
    }
    if (header_.tensors.size() == kMaxTensors) {
      return Refuse(StrCat("more than ", kMaxTensors, " tensors"));
    }
    place_ = Place::kTensor;
    name_ = key_;
    entry_ = {};
    has_dtype_ = has_shape_ = has_offsets_ = false;
    num_offsets_ = 0;
    return true;
  }

  bool key(string_t& key) override {
    bool seen = false;
    switch (place_) {
      case Place::kRoot:
        seen = key == kMetadataKey ? std::exchange(has_metadata_, true)
                                   : header_.tensors.contains(key);
        break;
      case Place::kMetadata:
        seen = header_.metadata.contains(key);
        break;
      default:
        if (key == "dtype") {
          seen = std::exchange(has_dtype_, true);
        } else if (key == "shape") {
          seen = std::exchange(has_shape_, true);
        } else if (key == "data_offsets") {
          seen = std::exchange(has_offsets_, true);
        } else {
          return Refuse(StrCat(Where(), ": unknown field ", Printable(key)));
        }
    }
    if (seen) {
      return Refuse(StrCat("header key ", Printable(key), " comes twice",
                           place_ == Place::kTensor ? " in " : "",
                           place_ == Place::kTensor ? Where() : ""));
    }
    key_ = key;
    return true;
  }

  bool end_object() override {
    switch (place_) {
      case Place::kTensor:
        if (!has_dtype_ || !has_shape_ || !has_offsets_) {
          return Refuse(StrCat(Where(), ": no ",
                               !has_dtype_   ? "dtype"
                               : !has_shape_ ? "shape"
                                             : "data_offsets"));
        }
        header_.tensors.emplace(name_, std::move(entry_));
        [[fallthrough]];
      case Place::kMetadata:
        place_ = Place::kRoot;
        return true;
      default:
        return true;
    }
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kTensor && key_ == "shape") {
      place_ = Place::kShape;
      return true;
    }
    if (place_ == Place::kTensor && key_ == "data_offsets") {
      place_ = Place::kOffsets;
      return true;
    }
    return Unexpected("an array");
  }

  bool end_array() override {
    if (place_ == Place::kOffsets && num_offsets_ != 2) {
      return Refuse(
          StrCat(Where(), ": ", num_offsets_, " data_offsets, expected 2"));
    }
    place_ = Place::kTensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Refuse(StrCat("header is not valid JSON at byte ", position));
  }

  const std::string& error() const { return error_; }
  SafetensorsHeader TakeHeader() { return std::move(header_); }

 private:
  enum class Place { kStart, kRoot, kMetadata, kTensor, kShape, kOffsets };

  std::string Where() const { return StrCat("tensor ", Printable(name_)); }

  bool Refuse(std::string error) {
    error_ = std::move(error);
    return false;
  }

  bool Unexpected(std::string_view found) {
    switch (place_) {
      case Place::kStart:
        return Refuse(StrCat("header is ", found, ", expected an object"));
      case Place::kRoot:
        return Refuse(StrCat("header key ", Printable(key_), " is ", found,
                             ", expected an object"));
      case Place::kMetadata:
        return Refuse(StrCat("metadata ", Printable(key_), " is ", found,
                             ", expected a string"));
      case Place::kTensor:
        return Refuse(
            StrCat(Where(), ": ", Printable(key_), " is ", found, ", expected ",
                   key_ == "dtype" ? "a string" : "an array of numbers"));
      case Place::kShape:
      case Place::kOffsets:
        return Refuse(StrCat(Where(), ": ", Printable(key_), " holds ", found,
                             ", expected whole numbers"));
    }
    return false;
  }

  Place place_ = Place::kStart;
  std::string key_, name_, error_;
  bool has_metadata_ = false;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  int num_offsets_ = 0;
  TensorEntry entry_;
  SafetensorsHeader header_;
};

}  // namespace

size_t ElementSize(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kU32:
    case DType::kI32:
      return 4;
    case DType::kU16:
    case DType::kI16:
      return 2;
    case DType::kI8:
      break;
  }
  return 1;
}

std::string_view DTypeName(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kU32:
      return "U32";
    case DType::kI32:
      return "I32";
    case DType::kU16:
      return "U16";
    case DType::kI16:
      return "I16";
    case DType::kI8:
      return "I8";
  }
  return "";
}

std::string Printable(std::string_view name) {
  constexpr size_t kLongest = 80;
  std::string text = absl::CHexEscape(
      absl::string_view(name.data(), std::min(name.size(), kLongest)));
  if (text.size() > kLongest || name.size() > kLongest) {
    text.resize(std::min(text.size(), kLongest - 3));
    text += "...";
  }
  return text;
}

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(
    std::string_view json) {
  // The parser takes a NUL for the end of its input.
  const size_t nul = json.find('\0');
  if (nul != json.npos) {
    return absl::InvalidArgumentError(
        StrCat("header is not valid JSON at byte ", nul + 1));
  }
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &events)) {
    return absl::InvalidArgumentError(events.error());
  }
  return events.TakeHeader();
}

}  // namespace tacet
