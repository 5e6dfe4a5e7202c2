// SUBSCRIBE and UNSUBSCRIBE.
#include <algorithm>
#include <charconv>
#include <utility>

#include "mockbroker/broker/connection.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

using stomp::command;
using stomp::errc;

// A whole number from `least` on, or `fallback`.
template <class Number>
Number parse_number(std::string_view text, Number least, Number fallback) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && value >= least;
  return good ? value : fallback;
}

}  // namespace

subscription_options connection::read_options(const stomp::client_request& request,
                                              bool is_topic) const {
  const profile& p = shared_.options.kind;
  const auto option = [&](std::string_view name) -> std::string_view {
    if (p.option_prefix.empty()) return {};
    return request.f.get_or(std::string(p.option_prefix) + std::string(name), "");
  };
  subscription_options o;
  o.mode = request.ack;
  o.browser = p.has_browsers && request.f.get_or("browser", "") == "true";
  const bool is_durable = !option("subscriptionName").empty();
  const std::size_t normal = o.browser    ? p.prefetch_browser
                             : is_durable ? p.prefetch_durable
                             : is_topic   ? p.prefetch_topic
                                          : p.prefetch;
  o.prefetch = parse_number<std::size_t>(option("prefetchSize"), 0, normal);
  o.priority = parse_number<int>(option("priority"), 0, 0);
  if (o.priority > 127) o.priority = 0;
  o.exclusive = option("exclusive") == "true";
  o.no_local = option("noLocal") == "true";
  o.retroactive = option("retroactive") == "true";
  if (const auto wanted = request.f.get("transformation"); wanted && p.has_transformations) {
    o.transformation = std::string(*wanted);
  }
  if (is_topic) {
    o.backlog = parse_number<std::size_t>(option("maximumPendingMessageLimit"), 1, p.topic_backlog);
  }
  return o;
}

bool connection::read_selector(const stomp::client_request& request, subscription& s) {
  const std::string option = std::string(shared_.options.kind.option_prefix) + "selector";
  const auto plain = request.f.get("selector");
  const auto text = plain ? plain : request.f.get(option);
  if (!text) return true;
  if (!shared_.options.kind.has_selectors) {
    // Ignoring it would hand over messages the client did not ask for.
    refuse(request, errc::rejected, "selectors are not supported by this profile");
    return false;
  }
  auto made = selector::compile(*text);
  if (std::holds_alternative<selector_error>(made)) {
    const std::string shown(*text);
    refuse(request, {.code = errc::rejected,
                     .text = shown,
                     .subject = shown,
                     .detail = "javax.jms.InvalidSelectorException: " + shown});
    return false;
  }
  s.filter.emplace(std::move(std::get<selector>(made)));
  s.options.selector_text = *text;
  return true;
}

void connection::handle_subscribe(stomp::client_request& request) {
  resolved where = resolve(request.f.get_or("destination", ""));
  if (where.why != outcome::done) {
    return refuse_destination(request, request.f.get_or("destination", ""), where.why);
  }
  // Of queues and topics together, only the kind of the first (facts: ActiveMQ 3.3).
  const destination_kind first = where.names.front().kind;
  std::erase_if(where.names, [first](const auto& name) { return name.kind != first; });
  if (subscriptions_.size() >= shared_.options.per_connection.subscriptions) {
    return refuse(request, errc::too_many_subscriptions, "too many subscriptions");
  }
  auto s = std::make_unique<subscription>();
  s->id = ++shared_.last_subscription;
  s->connection = id_;
  s->number = ++last_subscription_;
  s->has_id = request.f.has("id");
  s->key = request.f.get_or(s->has_id ? "id" : "destination", "");
  s->port = this;
  s->wanted = where.names;
  s->options = read_options(request, first == destination_kind::topic);
  if (s->options.browser) {
    if (session_.negotiated() == stomp::version::v1_0) {
      return refuse(request, errc::rejected,
                    "Queue Browser feature only valid for Stomp v1.1+ clients!");
    }
    if (first == destination_kind::topic) {
      const std::string text =
          "class org.apache.activemq.broker.region.TopicSubscription cannot be cast to class "
          "org.apache.activemq.broker.region.QueueBrowserSubscription (both are in unnamed module "
          "of "
          "loader mockbroker)";
      return refuse(request, {.code = errc::rejected,
                              .text = text,
                              .detail = "java.lang.ClassCastException: " + text});
    }
  }
  if (!read_selector(request, *s) || !attach_durable(request, *s)) return;
  outcome why = open_all(where);
  if (why != outcome::done || !shared_.destinations.attach(*s, why)) {
    return refuse_destination(request, request.f.get_or("destination", ""), why);
  }
  by_key_[s->key] = s.get();
  subscription& made = *s;
  subscriptions_.emplace(made.id, std::move(s));
  receipt(request);
  tell_consumer(made, true);
  shared_.replay(made);
}

bool connection::attach_durable(const stomp::client_request& request, subscription& s) {
  const profile& p = shared_.options.kind;
  if (p.option_prefix.empty()) return true;
  const std::string name(request.f.get_or(std::string(p.option_prefix) + "subscriptionName", ""));
  if (name.empty()) return true;
  if (s.wanted.front().kind == destination_kind::queue) {
    refuse(request, errc::rejected,
           "Invalid Subscription: cannot durably subscribe to a Queue destination!");
    return false;
  }
  const std::string owner = client_id();
  durable* known = shared_.destinations.find_durable(owner, name);
  if (known != nullptr && known->active != nullptr) {
    const std::string text =
        "Durable consumer is in use for client: " + owner + " and subscriptionName: " + name;
    refuse(request,
           {.code = errc::rejected, .text = text, .detail = "javax.jms.JMSException: " + text});
    return false;
  }
  const bool is_other =
      known != nullptr &&
      (known->topic != s.wanted.front() || known->options.selector_text != s.options.selector_text);
  if (is_other) {
    shared_.destinations.remove_durable(*known);
    known = nullptr;
  }
  outcome why = outcome::done;
  if (known == nullptr) {
    known = shared_.destinations.open_durable(owner, name, s.wanted.front(), why);
  }
  if (known == nullptr) {
    refuse(request, errc::rejected, std::string(to_string(why)));
    return false;
  }
  known->options = s.options;
  known->filter = s.filter;
  s.lasting = known;
  return true;
}

void connection::unsubscribe_durable(const stomp::client_request& request,
                                     const std::string& name) {
  // In 1.0 the client id is taken to be the name (facts: ActiveMQ 3.5).
  const std::string owner = session_.negotiated() == stomp::version::v1_0 ? name : client_id();
  durable* known = shared_.destinations.find_durable(owner, name);
  if (known == nullptr) {
    const std::string text =
        "No durable subscription exists for clientID: " + owner + " and subscriptionName: " + name;
    return refuse(request, {.code = errc::rejected,
                            .text = text,
                            .detail = "javax.jms.InvalidDestinationException: " + text});
  }
  if (known->active != nullptr) {
    const std::string text = "Durable consumer is in use";
    return refuse(
        request,
        {.code = errc::rejected, .text = text, .detail = "javax.jms.JMSException: " + text});
  }
  shared_.destinations.remove_durable(*known);
  receipt(request);
}

void connection::handle_unsubscribe(stomp::client_request& request) {
  const profile& p = shared_.options.kind;
  if (!p.option_prefix.empty()) {
    const std::string option = std::string(p.option_prefix) + "subscriptionName";
    if (const auto name = request.f.get(option)) {
      return unsubscribe_durable(request, std::string(*name));
    }
  }
  subscription* s = nullptr;
  if (const auto id = request.f.get("id")) {
    const auto found = by_key_.find(*id);
    if (found != by_key_.end()) s = found->second;
  } else if (const auto text = request.f.get("destination")) {
    const resolved where = resolve(*text);
    for (const auto& [number, each] : subscriptions_) {
      if (s == nullptr && each->wanted == where.names) s = each.get();
    }
  } else {
    return refuse(request, errc::missing_header,
                  "Must specify the subscriptionId or the destination you are unsubscribing from");
  }
  if (s == nullptr) {
    return refuse(request, errc::no_such_subscription, "No subscription matched.");
  }
  drop_subscription(*s);
  receipt(request);
}

}  // namespace mockbroker
