// How the console writes a moment: in UTC, given in milliseconds since 1970.
#pragma once

#include <cstdint>
#include <string>

namespace mockbroker {

// "2026-11-26 13:36:55:042 UTC", as ActiveMQ's pages do.
std::string page_date(std::int64_t ms);
// "2026-11-26T13:36:55Z", as Jolokia and Atom do.
std::string iso_date(std::int64_t ms);
// "Thu, 26 Nov 2026 13:36:55 GMT", as RSS does. What the clock cannot hold becomes the nearest that
// it can.
std::string mail_date(std::int64_t ms);

}  // namespace mockbroker
