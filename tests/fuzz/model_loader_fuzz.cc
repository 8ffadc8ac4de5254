// SPDX-License-Identifier: Apache-2.0
// Feeds the model loader anything. Each input is loaded twice: as it is, and
// with the hash in its metadata made right, so that the checks behind the hash
// are reached as well. What loads must also run, export and describe itself.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "model/fixed/estimator.h"
#include "model/float_estimator.h"
#include "model/model.h"
#include "model/model_info.h"
#include "model/sha256.h"

namespace {

using tacet::Model;

constexpr std::string_view kHashKey = "\"sha256\":\"";
constexpr size_t kHashDigits = 64;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Writes the data section's hash where the header has one.
bool MendHash(std::span<std::byte> file) {
  uint64_t header_size = 0;
  if (file.size() < sizeof header_size) return false;
  std::memcpy(&header_size, file.data(), sizeof header_size);
  if (header_size > file.size() - sizeof header_size) return false;
  const std::span<std::byte> header =
      file.subspan(sizeof header_size, header_size);
  const std::string_view text(reinterpret_cast<const char*>(header.data()),
                              header.size());
  const size_t key = text.find(kHashKey);
  if (key == text.npos) return false;
  const size_t digits = key + kHashKey.size();
  if (text.size() - digits < kHashDigits) return false;
  const std::string hash =
      tacet::Sha256Hex(file.subspan(sizeof header_size + header_size));
  std::memcpy(header.data() + digits, hash.data(), kHashDigits);
  return true;
}

// The loader has proved that no input overflows; the sanitizer is the judge.
void RunFixed(const std::shared_ptr<const Model>& model) {
  tacet::FixedEstimator estimator(model);
  std::vector<float> state(estimator.state_size());
  std::vector<std::complex<float>> mask(tacet::kNumModelBins);
  for (const float value : {3e38f, -3e38f, 3e38f, 0.0f}) {
    Require(
        estimator.Submit(std::vector<float>(estimator.num_features(), value)));
    Require(estimator.Collect(mask));
  }
  estimator.ExportState(state);
  Require(estimator.ImportState(state));
  std::vector<float> again(state.size());
  estimator.ExportState(again);
  Require(state == again);
}

void RunModel(const std::shared_ptr<const Model>& model) {
  const tacet::ModelInfo info = tacet::DescribeModel(*model);
  Require(info.file_bytes > 0 && info.macs_per_token() > 0);
  if (model->fixed() != nullptr) RunFixed(model);
  tacet::FloatEstimator estimator(model);
  std::vector<float> features(estimator.num_features(), 1.0f);
  std::vector<float> state(estimator.state_size());
  std::vector<std::complex<float>> mask(tacet::kNumModelBins);
  for (int t = 0; t < 3; ++t) {
    Require(estimator.Submit(features));
    estimator.Collect(mask);
  }
  estimator.ExportState(state);
  Require(estimator.ImportState(state));
}

void LoadAndRun(std::span<const std::byte> file) {
  const auto model = Model::Load("fuzz", file);
  if (model.ok()) {
    RunModel(*model);
    return;
  }
  const auto message = model.status().message();
  Require(message.find('\n') == message.npos && message.size() < 500);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> file(bytes, bytes + size);
  LoadAndRun(file);
  if (MendHash(file)) LoadAndRun(file);
  return 0;
}
