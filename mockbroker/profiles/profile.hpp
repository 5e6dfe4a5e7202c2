// What makes one broker product differ from another: data, and a few small policies. The broker's
// code asks the profile and never the product's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/destination_name.hpp"
#include "mockbroker/broker/message.hpp"
#include "mockbroker/broker/message_queue.hpp"
#include "stomp/dialect.hpp"
#include "stomp/heart_beat.hpp"
#include "stomp/serializer.hpp"
#include "stomp/server_session.hpp"
#include "ws/message_reader.hpp"

namespace mockbroker {

// Which WebSocket messages the broker writes for a frame (MIX-1, AMQ-WS-2).
enum class ws_output {
  text_when_utf8,
  always_text,  // a body that is not UTF-8 is mended
};
// What a binary WebSocket message from a client is (AMQ-WS-2).
enum class binary_input { accept, ignore };
// What NACK does.
enum class nack_rule {
  redeliver,    // to another consumer if there is one; dead letter after max_deliveries
  dead_letter,  // at once (ActiveMQ)
};

// A header that a client frame must have, and what is said when it is missing. Only asked when the
// dialect leaves the checks to the broker. Rows are tried in order.
struct header_rule {
  stomp::command what;
  stomp::version from;
  stomp::version to;
  std::string_view name;       // empty: the version does not know the command
  std::string_view otherwise;  // the ERROR's message
  bool empty_is_missing = false;
};

// What a SEND means: facts for the broker, and in the frame only the headers that receivers get,
// without `destination`, `message-id` and what depends on them. A refusal when it means nothing.
struct sent_message {
  message_facts facts;
  std::string reply_to;  // a destination that the broker writes its own way; empty: none
  std::optional<stomp::refusal> wrong;
};
using read_message = sent_message (*)(stomp::frame& f, std::int64_t wall_ms);

// The words for a refusal; nothing means the session's own.
using find_words = std::optional<stomp::wording> (*)(const stomp::refusal& why, stomp::version v);

// How ids are made. `{stem}` is unique to the broker, `{c}` the connection's number, `{seed}` the
// seed; a number follows the text.
struct id_rules {
  std::string session = "session-{c}";  // whole text, no number
  std::string message = "message-{seed}-";
  bool message_per_connection = false;            // each connection counts its own
  std::string local_message = "message-{seed}-";  // from consoles and management
  std::string ack = "ack-{c}-";
  bool ack_counts_deliveries = true;       // else acks have a counter of their own
  std::string temporary = "session-{c}:";  // own temporary destinations: then its name or number
  bool temporary_by_number = false;
};

struct profile {
  std::string name;
  std::string server;   // CONNECTED's `server`
  std::string version;  // of the product, for consoles

  // The protocol.
  stomp::dialect rules;
  stomp::heart_beat beats{stomp::milliseconds(10000), stomp::milliseconds(10000)};
  stomp::beat_policy beat = stomp::beat_policy::fixed;
  stomp::beat_grace grace;
  bool periodic_beat_checks = false;
  stomp::milliseconds connect_timeout{30000};
  std::size_t largest_frame = 0;  // on a stream, octets of a whole frame; 0: no such limit
  std::span<const header_rule> required{};
  find_words words = nullptr;
  read_message read = nullptr;  // never null in a profile that is handed out
  stomp::length_policy length = stomp::length_policy::with_body;
  stomp::header_policy headers = stomp::header_policy::refuse;
  bool newline_after_frame = false;  // after NUL on TCP (AMQ-WS-3)
  bool describes_connection =
      false;                        // CONNECTED has response-id and receipt-id; client-id is unique
  bool error_message_last = false;  // ERROR: content-type, receipt-id, message
  id_rules ids;

  // WebSocket.
  ws_output output = ws_output::text_when_utf8;
  binary_input binary = binary_input::accept;
  std::size_t largest_ws_message = 0;  // octets, then close 1009; 0: the largest frame
  bool minimal_ws_lengths = true;      // a WebSocket length in a longer form than it needs is 1002
  bool pins_version = true;            // to the subprotocol (S-VER-3)
  bool closes_quietly = false;         // every close is 1000 without a reason
  stomp::milliseconds ws_idle{0};      // then close 1001; 0: never
  // The WebSocket port is a servlet of Jetty's: GET is 200 and empty, a wrong version is 400.
  bool answers_http = false;
  std::string_view any_subprotocol{};   // chosen when none that is known was offered; empty: none
  bool insists_on_subprotocol = false;  // none that is known was offered: 500
  bool ignores_websocket_versions = false;  // a wrong one is a request like any other
  // The fields of the 101, in this order, and the text of its Upgrade. Empty: ours.
  std::span<const std::string_view> upgrade_headers{};
  std::string_view upgrade_token = "websocket";
  ws::too_big_text too_big_text = nullptr;  // reason of a Close with 1009; null: ours

  // The management interfaces.
  bool has_rest = true;            // /api/message
  bool limits_management = false;  // Jolokia by POST only, and without the operations that change

  // Destinations.
  naming names;
  bool removes_under_consumers = false;  // deleting a destination that has consumers
  std::string virtual_topic_prefix{};    // "VirtualTopic."; empty: no virtual topics
  std::string virtual_queue_prefix{};    // "Consumer.": Consumer.<name>.<topic>
  bool has_transformations = false;      // `transformation` on SEND and SUBSCRIBE
  bool has_advisories = false;           // the broker tells what happens on topics of its own
  bool has_groups = false;               // JMSXGroupID pins messages to a consumer

  // Subscriptions.
  bool has_selectors = true;
  bool has_browsers = false;         // SUBSCRIBE with browser:true
  std::string_view option_prefix{};  // "activemq.": SUBSCRIBE headers with options; empty: none
  std::size_t prefetch = 1000;       // unsettled messages a queue subscription may hold
  std::size_t prefetch_browser = 500;
  std::size_t prefetch_topic = 1000;
  std::size_t prefetch_durable = 100;
  std::size_t topic_backlog = 0;    // waiting messages of a slow topic subscriber; 0: no limit
  std::size_t page_size = 200;      // messages looked at ahead of the consumers
  std::size_t paged_limit = 10000;  // of those, how many may wait for a consumer that wants them
  bool one_page_at_a_time =
      false;  // a page for each event (ActiveMQ), else until nobody wants more
  cursor_order queue_order = cursor_order::as_stored;
  cursor_order durable_order = cursor_order::as_stored;

  // Acknowledgement.
  nack_rule nack = nack_rule::redeliver;
  bool checks_message_ids = false;  // an ACK's message-id must look like one, else: closed
  bool ack_id_first = false;        // an `id` names an ack id in every version
  bool nack_is_cumulative = true;   // in client mode, as ACK
  bool nack_in_transaction = true;
  unsigned max_deliveries = 6;  // then a NACK means dead letter
  destination_name dead_letter{destination_kind::queue, false, "/queue/DLQ"};
  bool buries_only_persistent = false;
  bool buries_expired = false;
  bool dead_letters_tell_expiry = false;  // `originalExpiration`
  stomp::milliseconds sweep{0};  // how often expired messages are looked for; 0: on dispatch only
};

// STOMP to the letter; where the specification is silent, the reading with fewest surprises.
profile strict_profile();
// ActiveMQ Classic as of one release, 5.17.0 or later (facts: ActiveMQ, "Version switches").
struct release {
  int major = 5;
  int minor = 18;
  int patch = 7;
  auto operator<=>(const release&) const = default;
};
profile activemq_profile(release as_of = {});

// A profile by its name on the command line, "activemq" or of one release "activemq-6.2.7";
// nothing when there is none.
std::optional<profile> find_profile(std::string_view name);
// "activemq, activemq-VERSION, strict", for messages.
std::string profile_names();

}  // namespace mockbroker
