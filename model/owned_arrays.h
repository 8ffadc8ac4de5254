// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_OWNED_ARRAYS_H_
#define TACET_MODEL_OWNED_ARRAYS_H_

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tacet {

// Copies, on the heap, of what views showed elsewhere. A network that is laid
// out for kernels reads only these, so that the model file's pages may go.
// Copies of this class share the arrays. Thread: any. Realtime-safe: no.
class OwnedArrays {
 public:
  // Copies the elements; from then on the view shows the copy.
  template <typename T>
  void Take(std::span<const T>* view) {
    auto copy =
        std::make_shared<const std::vector<T>>(view->begin(), view->end());
    *view = *copy;
    arrays_.push_back(std::move(copy));
  }

 private:
  std::vector<std::shared_ptr<const void>> arrays_;
};

}  // namespace tacet

#endif  // TACET_MODEL_OWNED_ARRAYS_H_
