// Finds descriptors of this process that a stage left open.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace harness {

// Judges only when no other check lived beside it: the descriptors of two stages cannot be told
// apart.
class descriptor_check {
 public:
  // What is open now is none of ours.
  descriptor_check();
  descriptor_check(const descriptor_check&) = delete;
  descriptor_check& operator=(const descriptor_check&) = delete;
  ~descriptor_check();

  // "descriptor 14 (socket:[1234])", for each that is open and was not when this began.
  std::vector<std::string> left() const;

 private:
  std::map<int, std::string> before_;
  std::uint64_t number_ = 0;  // of all checks, from 1; 0: it began beside another one
};

}  // namespace harness
