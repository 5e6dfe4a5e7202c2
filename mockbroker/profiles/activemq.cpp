// ActiveMQ Classic: what it is made of (facts: ActiveMQ). Its words are in activemq_words.cpp.
#include <algorithm>
#include <array>

#include "mockbroker/profiles/activemq_releases.hpp"
#include "mockbroker/profiles/activemq_words.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

using stomp::errc;
using stomp::version;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Headers that become fields of the message, or only concern the producer: no property, and so
// not what receivers get (facts 2.6).
constexpr std::array<std::string_view, 25> consumed = {
    "destination",   "correlation-id",    "expires",          "timestamp",      "priority",
    "type",          "reply-to",          "persistent",       "receipt",        "transaction",
    "message-id",    "redelivered",       "subscription",     "JMSXUserID",     "JMSXGroupID",
    "JMSXGroupSeq",  "JMSXDeliveryCount", "JMSCorrelationID", "JMSType",        "JMSPriority",
    "JMSExpiration", "JMSReplyTo",        "JMSDeliveryMode",  "JMSRedelivered", "JMSTimestamp"};

// Reads a SEND's headers as FrameTranslator and ActiveMQMessage do: first STOMP's own, then the
// JMS names, which are setters of the same fields.
class reader {
 public:
  reader(const stomp::frame& f, sent_message& sent) : f_(f), sent_(sent) {}

  // A text that is no number ends the connection without a word, as a Java exception that nobody
  // catches (facts 2.4).
  void number(std::string_view name, std::int64_t& into) {
    const auto text = f_.get(name);
    if (!text) return;
    const auto value = stomp::parse_int64(*text);
    if (value) {
      into = *value;
    } else {
      sent_.wrong = stomp::refusal{errc::bad_header_value, std::string(name) + " is no number"};
    }
  }
  void text(std::string_view name, std::optional<std::string_view>& into) const {
    if (const auto value = f_.get(name)) into = value;
  }

 private:
  const stomp::frame& f_;
  sent_message& sent_;
};

sent_message read(stomp::frame& f, std::int64_t wall_ms) {
  sent_message sent;
  message_facts& facts = sent.facts;
  const auto kind = f.get("amq-msg-type");
  const std::string type = lower(kind.value_or(""));
  facts.is_bytes = kind ? type == "bytes" : f.has("content-length");
  if (kind && type != "bytes" && type != "text") {
    sent.wrong =
        stomp::refusal{errc::rejected, "Unsupported message type '" + std::string(*kind) + "'"};
    return sent;
  }
  reader in(f, sent);
  facts.timestamp_ms = wall_ms;
  std::int64_t priority = 4;
  std::int64_t group_sequence = 0;
  std::int64_t deliveries = 0;
  in.number("expires", facts.expires_ms);
  in.number("timestamp", facts.timestamp_ms);
  in.number("priority", priority);
  in.number("JMSExpiration", facts.expires_ms);
  in.number("JMSTimestamp", facts.timestamp_ms);
  in.number("JMSPriority", priority);
  in.number("JMSXGroupSeq", group_sequence);
  in.number("JMSXDeliveryCount", deliveries);
  if (sent.wrong) return sent;
  // A Java byte first, then 0 to 9: 260 is 4.
  facts.priority = std::clamp<int>(static_cast<std::int8_t>(priority & 0xFF), 0, 9);
  facts.group_sequence = static_cast<int>(group_sequence);
  facts.was_redelivered = deliveries > 1 || f.get_or("JMSRedelivered", "") == "true";
  const auto mode = f.get("JMSDeliveryMode");
  facts.persistent =
      mode ? *mode == "2" || *mode == "PERSISTENT" : f.get_or("persistent", "") == "true";
  facts.group = f.get_or("JMSXGroupID", "");

  std::vector<stomp::header> shown;
  const auto keep = [&](std::string_view name, std::string_view jms_name) {
    std::optional<std::string_view> value;
    in.text(name, value);
    in.text(jms_name, value);
    if (value) shown.push_back({std::string(name), std::string(*value)});
  };
  keep("correlation-id", "JMSCorrelationID");
  shown.push_back({"expires", std::to_string(facts.expires_ms)});
  shown.push_back({"priority", std::to_string(facts.priority)});
  shown.push_back({"timestamp", std::to_string(facts.timestamp_ms)});
  if (facts.persistent) shown.push_back({"persistent", "true"});
  if (const auto reply = f.get("JMSReplyTo")) {
    shown.push_back({"reply-to", "/queue/" + std::string(*reply)});
  } else {
    keep("reply-to", "");
    sent.reply_to = f.get_or("reply-to", "");
  }
  keep("type", "JMSType");
  // With an explicit type the length is a property like any other, and echoed (facts 2.6).
  const bool drops_length = !kind;
  for (stomp::header& h : f.headers) {
    if (std::ranges::find(consumed, h.name) != consumed.end()) continue;
    if (h.name == "content-length" && drops_length) continue;
    shown.push_back(std::move(h));
  }
  f.headers = std::move(shown);
  return sent;
}

using stomp::command;
constexpr auto v10 = version::v1_0;
constexpr auto v11 = version::v1_1;
constexpr auto v12 = version::v1_2;
constexpr header_rule required[] = {
    {command::send, v10, v12, "destination", "SEND received without a Destination specified!"},
    {command::subscribe, v11, v12, "id", "SUBSCRIBE received without a subscription id!"},
    {command::subscribe, v10, v12, "destination", "Invalid empty or 'null' Destination header",
     true},
    {command::unsubscribe, v11, v12, "id", "UNSUBSCRIBE received without a subscription id!"},
    {command::ack, v10, v11, "message-id", "ACK received without a message-id to acknowledge!"},
    {command::ack, v11, v11, "subscription",
     "ACK received without a subscription id for acknowledge!"},
    {command::ack, v12, v12, "id", "ACK received without a ack id for acknowledge!"},
    {command::nack, v10, v10, "", "NACK received but connection is in v1.0 mode."},
    {command::nack, v11, v11, "subscription",
     "NACK received without a subscription id for acknowledge!"},
    {command::nack, v11, v11, "message-id", "NACK received without a message-id to acknowledge!"},
    {command::nack, v12, v12, "id", "NACK received without an ack header to acknowledge!"},
    {command::begin, v10, v12, "transaction", "Must specify the transaction you are beginning"},
    {command::commit, v10, v12, "transaction", "Must specify the transaction you are committing"},
    {command::abort, v10, v12, "transaction", "Must specify the transaction you are committing"},
};

stomp::dialect dialect() {
  stomp::dialect d;
  d.limit.command = 1025;
  d.limit.header_line = 10241;
  d.limit.headers = 1001;
  d.stray_cr_is_error = false;
  d.unknown_escapes = stomp::escape_rule::keep_as_is;
  d.unescape_names = false;
  d.unescape_connect = true;
  d.unescape_1_0 = true;
  d.colon = stomp::colon_rule::whole_line_is_name;
  d.body = stomp::body_rule::drop;
  d.content_length = stomp::length_rule::frames_with_body;
  d.conflicting_lengths_are_errors = false;
  d.check_utf8 = false;
  d.message_boundary = stomp::boundary_rule::one_frame;
  d.commands = stomp::command_rule::prefix;
  d.header_end = stomp::header_end_rule::short_line;
  d.nul_in_headers_is_data = true;
  d.keep_repeated_headers = false;
  d.version_list = stomp::version_list_rule::verbatim;
  d.beat_header = stomp::beat_header_rule::integers;
  d.beats_in_1_0 = true;
  d.order = stomp::order_rule::tolerant;
  d.checks = stomp::check_rule::application;
  d.unknown_ack_mode_is_error = false;
  return d;
}

void set_protocol(profile& p) {
  p.name = "activemq";
  p.rules = dialect();
  p.beats = {};
  p.beat = stomp::beat_policy::mirror;
  p.grace = {.factor = 1.0, .at_least = stomp::milliseconds(0)};
  p.periodic_beat_checks = true;
  p.required = required;
  p.words = activemq_words;
  p.read = read;
  p.length = stomp::length_policy::as_is;
  p.headers = stomp::header_policy::raw_values;
  p.newline_after_frame = true;
  p.describes_connection = true;
  p.error_message_last = true;
  p.ids = {.session = "{stem}-3:{c}",
           .message = "{stem}-3:{c}:-1:1:",
           .message_per_connection = true,
           .local_message = "{stem}-6:1:1:1:",
           .ack = "{stem}-4:",
           .ack_counts_deliveries = false,
           .temporary = "{stem}-3:{c}:",
           .temporary_by_number = true};

  p.output = ws_output::always_text;
  p.binary = binary_input::ignore;
  p.largest_frame = 104857600;
  p.largest_ws_message = 65536;
  p.minimal_ws_lengths = false;
  p.pins_version = false;
  p.closes_quietly = true;
  p.ws_idle = stomp::milliseconds(300000);
  p.answers_http = true;
  p.any_subprotocol = "stomp";
}

void set_destinations(profile& p) {
  p.names = {.strips_prefix = true,
             .trims = true,
             .has_composites = true,
             .has_options = true,
             .has_wildcards = true,
             .unprefixed = destination_kind::queue};
  p.removes_under_consumers = true;
  p.virtual_topic_prefix = "VirtualTopic.";
  p.virtual_queue_prefix = "Consumer.";
  p.has_transformations = true;
  p.has_advisories = true;
  p.has_groups = true;
}

void set_subscriptions(profile& p) {
  p.has_browsers = true;
  p.option_prefix = "activemq.";
  p.prefetch = 1000;
  p.prefetch_browser = 500;
  p.prefetch_topic = 32767;
  p.prefetch_durable = 100;
  p.topic_backlog = 1000;
  p.page_size = 200;
  p.paged_limit = 200;
  p.one_page_at_a_time = true;
  p.queue_order = cursor_order::persistent_first;
  p.durable_order = cursor_order::persistent_last;

  p.nack = nack_rule::dead_letter;
  p.ack_id_first = true;
  p.checks_message_ids = true;
  p.nack_is_cumulative = false;
  p.nack_in_transaction = false;
  p.dead_letter = {destination_kind::queue, false, "ActiveMQ.DLQ"};
  p.buries_only_persistent = true;
  p.buries_expired = true;
  p.dead_letters_tell_expiry = true;
  p.sweep = stomp::milliseconds(30000);
}

}  // namespace

profile activemq_profile(release as_of) {
  profile p;
  set_protocol(p);
  set_destinations(p);
  set_subscriptions(p);
  set_release(p, as_of);
  return p;
}

}  // namespace mockbroker
