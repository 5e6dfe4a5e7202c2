#include "mockbroker/broker/destination.hpp"

namespace mockbroker {

subscription* group_owners::owner(const std::string& group) {
  const auto found = owners_.find(group);
  if (found == owners_.end()) return nullptr;
  ages_.splice(ages_.begin(), ages_, found->second.age);
  return found->second.owner;
}

void group_owners::assign(const std::string& group, subscription& to) {
  remove(group);
  if (owners_.size() >= limit) {
    owners_.erase(ages_.back());
    ages_.pop_back();
  }
  ages_.push_front(group);
  owners_.emplace(group, place{&to, ages_.begin()});
}

void group_owners::remove(const std::string& group) {
  const auto found = owners_.find(group);
  if (found == owners_.end()) return;
  ages_.erase(found->second.age);
  owners_.erase(found);
}

void group_owners::remove_owner(const subscription& gone) {
  std::erase_if(owners_, [&](const auto& item) {
    if (item.second.owner != &gone) return false;
    ages_.erase(item.second.age);
    return true;
  });
}

}  // namespace mockbroker
