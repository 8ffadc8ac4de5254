// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_DRAFT_FILE_H_
#define TACET_CLI_DRAFT_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tacet {

// An output until it is complete: a file in the folder of its `target`, without
// a name (O_TMPFILE) where the file system can, so that the kernel removes it
// however the process ends; else a hidden one whose name has a random part and
// no audio extension, so that no walk takes it up. The destructor removes what
// has not been published. Thread: one per object.
class DraftFile {
 public:
  enum class Kind { kUnnamed, kNamed };  // kUnnamed where possible; never

  // Numbers for names; a name that is taken is answered with another number.
  using DrawNumber = std::function<uint64_t()>;
  static uint64_t RandomNumber();

  // Null with errno set: what the system says of a new file beside `target`.
  static std::unique_ptr<DraftFile> Open(const std::string& target, Kind kind,
                                         const DrawNumber& draw = RandomNumber);
  ~DraftFile();

  DraftFile(const DraftFile&) = delete;
  DraftFile& operator=(const DraftFile&) = delete;

  int fd() const { return fd_; }

  // Makes the file durable and gives it the name `target` in one step; what has
  // it already is replaced if `replace`, else that is EEXIST. A draft without a
  // name that replaces has a hidden one for the moment between two calls of the
  // system. Returns 0 or an errno. Call once; fd() is closed afterwards.
  int Publish(bool replace);

 private:
  DraftFile(std::string target, DrawNumber draw)
      : target_(std::move(target)), draw_(std::move(draw)) {}

  bool OpenUnnamed();
  bool OpenNamed();
  int Link(bool replace);

  const std::string target_;
  const DrawNumber draw_;
  std::string name_;  // the hidden one, while it has it
  int fd_ = -1;
};

// Removes every draft not yet published and keeps any other from being opened
// or published: for use right before the end of the process. Thread: any, not
// from a signal handler.
void RemoveDrafts();

}  // namespace tacet

#endif  // TACET_CLI_DRAFT_FILE_H_
