// Messages as JMX shows them.
#pragma once

#include <boost/json.hpp>

#include "mockbroker/broker/broker.hpp"

namespace mockbroker {

// A row of browse(). Without `with_text`, one of browseAsTable().
boost::json::object show_message(const message_info& m, const destination_name& at,
                                 bool with_text = true);

}  // namespace mockbroker
