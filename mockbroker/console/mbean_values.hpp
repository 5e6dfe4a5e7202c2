// Values for the tables of attributes.
#pragma once

#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {

// The member of what the MBean is about: member<&destination_info::enqueued>.
template <class Owner, class Type>
Owner owner_of(Type Owner::*);
template <auto Member>
boost::json::value member(const management&, const mbean& b) {
  return boost::json::value_from(std::get<decltype(owner_of(Member))>(b.about).*Member);
}
// The same for everyone. What the mock has nothing behind has ActiveMQ's value of a broker that
// was just installed.
template <auto Value, class Type = decltype(Value)>
boost::json::value fixed(const management&, const mbean&) {
  return Type(Value);
}
inline boost::json::value no_text(const management&, const mbean&) { return ""; }
inline boost::json::value no_map(const management&, const mbean&) { return boost::json::object(); }
inline boost::json::value no_list(const management&, const mbean&) { return boost::json::array(); }

}  // namespace mockbroker
