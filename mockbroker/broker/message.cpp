#include "mockbroker/broker/message.hpp"

#include <algorithm>

#include "stomp/text.hpp"

namespace mockbroker {
namespace {

// Whether `content-length` is written, and which.
bool needs_length(const message& m, stomp::length_policy policy) {
  const std::string& body = m.content().body;
  if (policy == stomp::length_policy::as_is) return m.facts().is_bytes;
  if (body.empty()) return m.facts().is_bytes;
  return policy == stomp::length_policy::with_body || body.find('\0') != std::string::npos;
}

}  // namespace

message::message(memory_account& account, stomp::frame content, message_facts facts)
    : account_(account), facts_(std::move(facts)), content_(std::move(content)) {
  content_.command = "MESSAGE";
  cost_ = stomp::memory_cost(content_) + sizeof(message) + facts_.id.size() +
          facts_.destination.name.size() + facts_.group.size();
  account_.used += cost_;
}

message::~message() { account_.used -= cost_ + (mended_ ? mended_->size() : 0); }

std::string message::lines(const stomp::serialize_options& options,
                           std::span<const stomp::header> instead) const {
  ++account_.serialised;
  std::string out;
  for (const auto& h : content_.headers) {
    const auto own = std::ranges::find(instead, h.name, &stomp::header::name);
    const std::string& value = own == instead.end() ? h.value : own->value;
    stomp::write_header(h.name, value, options, out);
  }
  for (const auto& h : instead) {
    if (!content_.has(h.name)) stomp::write_header(h.name, h.value, options, out);
  }
  if (needs_length(*this, options.length) && !content_.has("content-length")) {
    stomp::write_header("content-length", std::to_string(content_.body.size()), options, out);
  }
  return out;
}

const std::string& message::common_lines(const stomp::serialize_options& options) const {
  std::string& kept = common_.at(static_cast<std::size_t>(options.v));
  if (kept.empty()) kept = lines(options, {});
  return kept;
}

bool message::is_text() const {
  if (text_ == 0) text_ = stomp::is_utf8(content_.body) ? 2 : 1;
  return text_ == 2;
}

const std::string& message::text_body() const {
  if (is_text()) return content_.body;
  if (!mended_) {
    ++account_.serialised;
    mended_ = mend_utf8(content_.body);
    account_.used += mended_->size();
  }
  return *mended_;
}

message_ptr reroute(const message& m, const rerouting& how,
                    const std::vector<stomp::header>& more) {
  stomp::frame f = m.content();
  message_facts facts = m.facts();
  f.set("destination", how.to_text);
  if (!how.from_text.empty()) f.set("original-destination", how.from_text);
  if (how.forever) {
    facts.expires_ms = 0;
    if (f.has("expires")) f.set("expires", "0");
  }
  for (const auto& h : more) f.set(h.name, h.value);
  facts.destination = how.to;
  return std::make_shared<const message>(m.account(), std::move(f), std::move(facts));
}

std::string write_message(const message& m, const message_labels& labels,
                          const stomp::serialize_options& options) {
  const std::string special = labels.own.empty() ? std::string() : m.lines(options, labels.own);
  const std::string& common = labels.own.empty() ? m.common_lines(options) : special;
  std::string out;
  const std::string& body = labels.body != nullptr ? *labels.body
                            : labels.mends_text    ? m.text_body()
                                                   : m.content().body;
  out.reserve(64 + labels.subscription.size() + labels.ack.size() + common.size() + body.size());
  out += "MESSAGE\n";
  if (!labels.subscription.empty()) {
    stomp::write_header("subscription", labels.subscription, options, out);
  }
  if (!labels.ack.empty()) stomp::write_header("ack", labels.ack, options, out);
  if (labels.redelivered) out += "redelivered:true\n";
  out += common;
  out += '\n';
  out += body;
  out += '\0';
  return out;
}

stomp::frame make_message_frame(const message& m, const message_labels& labels) {
  stomp::frame f = m.content();
  if (!labels.subscription.empty()) f.add("subscription", labels.subscription);
  if (!labels.ack.empty()) f.add("ack", labels.ack);
  if (labels.redelivered) f.add("redelivered", "true");
  return f;
}

std::string mend_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    std::size_t length = 1;
    while (length <= std::min<std::size_t>(4, text.size()) &&
           !stomp::is_utf8(text.substr(0, length))) {
      ++length;
    }
    if (length > std::min<std::size_t>(4, text.size())) {
      out += "\xEF\xBF\xBD";
      length = 1;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace mockbroker
