// SPDX-License-Identifier: Apache-2.0
// Feeds the model loader anything. Each input is loaded twice: as it is, and
// with the hash in its metadata made right, so that the checks behind the hash
// are reached as well. What loads must also describe itself and run, on every
// kernel that this CPU has, in the layout that it wants and in blocks.
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "model/block/fixed_block_network.h"
#include "model/block/float_block_kernels.h"
#include "model/block/float_block_network.h"
#include "model/estimator_source.h"
#include "model/fixed/estimator.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
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

using Mask = std::vector<std::complex<float>>;

// The answers to a few tokens of one value each, given hop by hop or, where the
// estimator waits for a block, all at once; an empty one where there is none.
std::vector<Mask> Answers(tacet::MaskEstimator* estimator, bool in_block) {
  constexpr float kValues[] = {1.0f, 3e38f, -3e38f, 3e38f, 0.0f, 1.0f};
  std::vector<Mask> answers;
  const auto collect = [&] {
    Mask mask(tacet::kNumModelBins);
    if (!estimator->Collect(mask)) mask.clear();
    answers.push_back(mask);
  };
  for (const float value : kValues) {
    const std::vector<float> features(estimator->num_features(), value);
    Require(estimator->Submit(features));
    if (!in_block) collect();
  }
  for (size_t t = 0; in_block && t < std::size(kValues); ++t) collect();
  return answers;
}

void ExportAndImport(tacet::MaskEstimator* estimator) {
  std::vector<float> state(estimator->state_size());
  estimator->ExportState(state);
  Require(estimator->ImportState(state));
  std::vector<float> again(state.size());
  estimator->ExportState(again);
  Require(state == again);
}

// The loader has proved that no input overflows; the sanitizer is the judge.
// All kernels give the same integers.
void RunFixed(const std::shared_ptr<const Model>& model) {
  std::vector<Mask> expected;
  for (const auto& kernels : tacet::SupportedFixedKernels()) {
    const auto estimator = tacet::FixedEstimators(model, kernels)->make();
    const std::vector<Mask> found = Answers(estimator.get(), false);
    for (const Mask& mask : found) Require(!mask.empty());
    if (expected.empty()) expected = found;
    Require(found == expected);
    ExportAndImport(estimator.get());
  }
  for (const auto& kernels : tacet::SupportedFixedBlockKernels()) {
    const auto source = tacet::FixedBlockEstimators(model, kernels);
    Require(Answers(source->make().get(), true) == expected);
  }
}

// Floats may overflow, and then there is no answer.
void RunFloat(const std::shared_ptr<const Model>& model) {
  for (const auto& kernels : tacet::SupportedFloatKernels()) {
    const auto estimator = tacet::FloatEstimators(model, kernels).make();
    Answers(estimator.get(), false);
    ExportAndImport(estimator.get());
  }
  for (const auto& kernels : tacet::SupportedFloatBlockKernels()) {
    const auto source = tacet::FloatBlockEstimators(model, kernels);
    Answers(source.make().get(), true);
  }
}

void RunModel(const std::shared_ptr<const Model>& model) {
  const tacet::ModelInfo info = tacet::DescribeModel(*model);
  Require(info.file_bytes > 0 && info.macs_per_token() > 0);
  if (model->fixed() != nullptr) RunFixed(model);
  RunFloat(model);
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
