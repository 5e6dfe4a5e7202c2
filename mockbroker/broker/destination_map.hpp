// Values by names or patterns of destinations (destination_pattern.hpp), found in a time that does
// not depend on how many others there are: a tree with one node per level.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mockbroker/broker/destination_pattern.hpp"

namespace mockbroker {

// T is owned by the map; its address stays until it is erased. A key is used as it is written:
// `a.>` and `a.>.>` are two. A visitor must not change the map.
template <class T>
class destination_map {
 public:
  // Keys of more levels than this are kept in a list of their own, which is searched one by one:
  // the tree must not become so deep that walking it overflows the stack.
  static constexpr std::size_t deepest = 256;

  // The value of the key, made by T() if there is none yet.
  T& operator[](std::string_view key) {
    if (is_deep(key)) {
      const auto [at, fresh] = deep_.try_emplace(std::string(key));
      size_ += fresh ? 1 : 0;
      return at->second;
    }
    node* at = &root_;
    for (level_reader levels(key); !levels.done();) at = &at->child_or_new(levels.next());
    if (!at->value) {
      at->value.emplace();
      ++size_;
    }
    return *at->value;
  }

  // The value of exactly this key; null if there is none.
  T* find(std::string_view key) {
    if (is_deep(key)) {
      const auto found = deep_.find(key);
      return found == deep_.end() ? nullptr : &found->second;
    }
    node* at = &root_;
    for (level_reader levels(key); at && !levels.done();) at = at->child(levels.next());
    return at && at->value ? &*at->value : nullptr;
  }

  // Whether there was one.
  bool erase(std::string_view key) {
    bool gone = false;
    if (is_deep(key)) {
      const auto found = deep_.find(key);
      gone = found != deep_.end();
      if (gone) deep_.erase(found);
    } else {
      gone = erase_below(root_, level_reader(key));
    }
    size_ -= gone ? 1 : 0;
    return gone;
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // Keys are patterns: calls visit(T&) for every key that stands for the name, each once.
  template <class Visitor>
  void for_each_pattern_of(std::string_view name, Visitor&& visit) {
    patterns_below(root_, level_reader(name), {}, visit);
    for (auto& [key, value] : deep_)
      if (matches_pattern(key, name)) visit(value);
  }

  // Keys are names: calls visit(T&) for every key that the pattern stands for, each once.
  template <class Visitor>
  void for_each_name_in(std::string_view pattern, Visitor&& visit) {
    const pattern_shape shape = shape_of(pattern);
    if (shape.any) {
      all_below(root_, visit);
    } else {
      names_below(root_, level_reader(shape.head), shape.open, visit);
    }
    for (auto& [key, value] : deep_)
      if (matches_pattern(pattern, key)) visit(value);
  }

 private:
  struct node {
    std::map<std::string, std::unique_ptr<node>, std::less<>> children;
    std::optional<T> value;

    node* child(std::string_view level) const {
      const auto found = children.find(level);
      return found == children.end() ? nullptr : found->second.get();
    }
    node& child_or_new(std::string_view level) {
      auto found = children.lower_bound(level);
      if (found == children.end() || found->first != level)
        found = children.emplace_hint(found, std::string(level), std::make_unique<node>());
      return *found->second;
    }
  };

  // How a walk came to a node.
  struct way {
    bool after_rest = false;  // by a level `>`
    bool open_only = false;   // only patterns that end in `>` may still match
  };

  static bool is_deep(std::string_view key) noexcept {
    return static_cast<std::size_t>(std::count(key.begin(), key.end(), '.')) >= deepest;
  }

  static bool erase_below(node& at, level_reader levels) {
    if (levels.done()) {
      const bool had = at.value.has_value();
      at.value.reset();
      return had;
    }
    const auto found = at.children.find(levels.next());
    if (found == at.children.end()) return false;
    const bool gone = erase_below(*found->second, levels);
    if (!found->second->value && found->second->children.empty()) at.children.erase(found);
    return gone;
  }

  template <class Visitor>
  static void patterns_below(node& at, level_reader name, way how, Visitor& visit) {
    // `>`, `>.>` and so on. Behind a `>` they were seen already.
    for (node* rest = how.after_rest ? nullptr : at.child(">"); rest; rest = rest->child(">"))
      if (rest->value) visit(*rest->value);
    if (name.done()) {
      if (at.value && !how.open_only && !how.after_rest) visit(*at.value);
      return;
    }
    const std::string_view level = name.next();
    if (level == "*") {
      for (auto& [label, child] : at.children)
        patterns_below(*child, name, {label == ">", how.open_only || label != "*"}, visit);
      return;
    }
    if (node* same = at.child(level))
      patterns_below(*same, name, {level == ">", how.open_only}, visit);
    if (node* any = at.child("*")) patterns_below(*any, name, {false, how.open_only}, visit);
  }

  template <class Visitor>
  static void names_below(node& at, level_reader pattern, bool open, Visitor& visit) {
    if (pattern.done()) {
      if (open) return all_below(at, visit);
      if (at.value) visit(*at.value);
      return;
    }
    const std::string_view level = pattern.next();
    if (level == "*") {
      for (auto& [label, child] : at.children) names_below(*child, pattern, open, visit);
      return;
    }
    if (node* same = at.child(level)) names_below(*same, pattern, open, visit);
    if (node* any = open ? at.child("*") : nullptr) names_below(*any, pattern, open, visit);
  }

  template <class Visitor>
  static void all_below(node& at, Visitor& visit) {
    if (at.value) visit(*at.value);
    for (auto& [label, child] : at.children) all_below(*child, visit);
  }

  node root_;
  std::map<std::string, T, std::less<>> deep_;
  std::size_t size_ = 0;
};

}  // namespace mockbroker
