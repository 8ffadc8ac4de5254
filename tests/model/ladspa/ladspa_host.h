// SPDX-License-Identifier: Apache-2.0
// A LADSPA host for tests.
#ifndef TACET_TESTS_MODEL_LADSPA_LADSPA_HOST_H_
#define TACET_TESTS_MODEL_LADSPA_LADSPA_HOST_H_

#include <dlfcn.h>
#include <ladspa.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tacet {

// The descriptor of this label in a plugin library; null if there is none. The
// library stays loaded.
inline const LADSPA_Descriptor* FindPlugin(const char* library,
                                           const std::string& label) {
  void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(handle, nullptr) << dlerror();
  if (handle == nullptr) return nullptr;
  const auto describe = reinterpret_cast<LADSPA_Descriptor_Function>(
      dlsym(handle, "ladspa_descriptor"));
  EXPECT_NE(describe, nullptr);
  for (unsigned long i = 0;; ++i) {
    const LADSPA_Descriptor* descriptor = describe(i);
    if (descriptor == nullptr || label == descriptor->Label) return descriptor;
  }
}

// One instance with all ports connected, controls by name at their defaults.
class LadspaHost {
 public:
  LadspaHost(const LADSPA_Descriptor* descriptor, unsigned long rate_hz)
      : descriptor_(descriptor),
        handle_(descriptor->instantiate(descriptor, rate_hz)) {
    EXPECT_NE(handle_, nullptr);
    for (unsigned long port = 0; port < descriptor->PortCount; ++port) {
      if (LADSPA_IS_PORT_AUDIO(descriptor->PortDescriptors[port])) {
        (LADSPA_IS_PORT_INPUT(descriptor->PortDescriptors[port]) ? inputs_
                                                                 : outputs_)
            .push_back(port);
        continue;
      }
      float& value = controls_[descriptor->PortNames[port]];
      const LADSPA_PortRangeHint& hint = descriptor->PortRangeHints[port];
      if (LADSPA_IS_HINT_DEFAULT_MAXIMUM(hint.HintDescriptor)) {
        value = hint.UpperBound;
      } else if (LADSPA_IS_HINT_DEFAULT_MIDDLE(hint.HintDescriptor)) {
        value = 0.5f * (hint.LowerBound + hint.UpperBound);
      }
      descriptor->connect_port(handle_, port, &value);
    }
    Activate();
  }
  ~LadspaHost() { descriptor_->cleanup(handle_); }
  LadspaHost(const LadspaHost&) = delete;
  LadspaHost& operator=(const LadspaHost&) = delete;

  float& control(const std::string& name) { return controls_.at(name); }
  size_t num_channels() const { return inputs_.size(); }

  void Activate() {
    if (descriptor_->activate != nullptr) descriptor_->activate(handle_);
  }

  void Connect(const std::vector<float*>& in, const std::vector<float*>& out) {
    for (size_t c = 0; c < inputs_.size(); ++c) {
      descriptor_->connect_port(handle_, inputs_[c], in[c]);
      descriptor_->connect_port(handle_, outputs_[c], out[c]);
    }
  }
  void Run(unsigned long count) { descriptor_->run(handle_, count); }

  // The planes of a whole signal by blocks of these sizes, over and over, in
  // place or to other buffers.
  std::vector<std::vector<float>> RunAll(std::vector<std::vector<float>> planes,
                                         const std::vector<size_t>& blocks,
                                         bool in_place) {
    auto out = planes;
    for (auto& plane : out) std::fill(plane.begin(), plane.end(), 9.0f);
    const size_t num_samples = planes[0].size();
    for (size_t done = 0, turn = 0; done < num_samples; ++turn) {
      const size_t count =
          std::min(blocks[turn % blocks.size()], num_samples - done);
      std::vector<float*> from, to;
      for (size_t c = 0; c < planes.size(); ++c) {
        from.push_back(planes[c].data() + done);
        to.push_back((in_place ? planes : out)[c].data() + done);
      }
      Connect(from, to);
      Run(count);
      done += count;
    }
    return in_place ? planes : out;
  }

 private:
  const LADSPA_Descriptor* const descriptor_;
  const LADSPA_Handle handle_;
  std::map<std::string, float> controls_;
  std::vector<unsigned long> inputs_;
  std::vector<unsigned long> outputs_;
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_LADSPA_LADSPA_HOST_H_
