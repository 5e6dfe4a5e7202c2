// Messages on their way out: settled, refused, taken out, buried, expired.
#include <algorithm>
#include <utility>

#include "mockbroker/broker/store.hpp"

namespace mockbroker {

// What all ends of a delivery have in common: the consumer and the queue have room again.
delivery store::take_back(subscription& s, std::map<std::uint64_t, delivery>::iterator held) {
  const bool was_full = !s.has_room();
  delivery was = std::move(held->second);
  s.unsettled.erase(held);
  if (was.transaction != 0) --s.in_transaction;
  if (was_full) wake(s);
  if (was.from != nullptr && !s.options.browser) {
    --was.from->in_flight;
    if (was.from->is_queue()) mark(*was.from);
  }
  return was;
}

void store::settle(subscription& s, std::uint64_t number) {
  const auto held = s.unsettled.find(number);
  if (held == s.unsettled.end()) return;
  const delivery was = take_back(s, held);
  if (was.from == nullptr || was.is_dropped || s.options.browser) return;
  count_out(*was.from, *was.entry.m);
  ++s.dequeued;
  if (s.lasting != nullptr) ++s.lasting->dequeued;
  ++counters_.messages_settled;
}

void store::expire(subscription& s, std::uint64_t number) {
  const auto held = s.unsettled.find(number);
  if (held == s.unsettled.end()) return;
  const delivery was = take_back(s, held);
  if (was.from == nullptr || was.is_dropped) return;
  ++s.dequeued;
  expire(*was.from, was.entry.m);
}

void store::refuse(subscription& s, std::uint64_t number) {
  const auto held = s.unsettled.find(number);
  if (held == s.unsettled.end()) return;
  delivery was = take_back(s, held);
  if (was.from == nullptr || was.is_dropped) return;  // removed or purged: nothing to give back
  destination& d = *was.from;
  queue_entry& entry = was.entry;
  entry.refused_by = s.id;
  if (kind_.nack == nack_rule::redeliver && entry.deliveries < kind_.max_deliveries) {
    const std::uint64_t sequence = entry.sequence;
    if (d.is_queue()) {
      d.paged.emplace(sequence, std::move(entry));
    } else {
      (s.lasting != nullptr ? s.lasting->backlog : s.own).put_back(std::move(entry));
      mark(s);
    }
    return;
  }
  count_out(d, *entry.m);
  ++s.dequeued;
  if (!d.is_queue() && s.lasting == nullptr) return;
  ++counters_.messages_dead;
  bury(d, entry.m, {});
}

message_ptr store::take_out(destination& d, std::string_view message_id) {
  message_ptr found;
  const auto is_it = [&](const queue_entry& entry) {
    if (found != nullptr || entry.m->id() != message_id) return false;
    found = entry.m;
    return true;
  };
  // No further than needed: whoever takes out all, oldest first, must not look at all each time.
  const auto paged = std::ranges::find_if(d.paged, [&](auto& item) { return is_it(item.second); });
  if (paged != d.paged.end()) d.paged.erase(paged);
  if (found == nullptr) d.stored.remove_first(is_it);
  if (found == nullptr) {
    d.for_each_consumer([&](subscription& s) {
      for (auto& [number, held] : s.unsettled) {
        if (held.from == &d && !held.is_dropped && is_it(held.entry)) held.is_dropped = true;
      }
    });
  }
  if (found != nullptr) count_out(d, *found);
  return found;
}

void store::bury(const destination& from, const message_ptr& m,
                 const std::vector<stomp::header>& more) {
  // Dead letters that are refused again would go round for ever.
  if (from.name == kind_.dead_letter) return;
  if (kind_.buries_only_persistent && !m->facts().persistent) return;
  outcome why = outcome::done;
  destination* grave = open(kind_.dead_letter, why);
  if (grave == nullptr) return;
  observer_.on_buried(from, *m);
  std::vector<stomp::header> tells = more;
  if (kind_.dead_letters_tell_expiry) {
    tells.push_back({"originalExpiration", std::to_string(m->facts().expires_ms)});
  }
  enqueue(*grave, reroute(*m, {grave->name, grave->text, from.text, true}, tells));
}

bool store::drop_expired(destination& d, const message_ptr& m) {
  if (!m->expired_at(wall_ms_)) return false;
  expire(d, m);
  return true;
}

void store::expire(destination& d, const message_ptr& m) {
  count_out(d, *m);
  ++d.expired;
  ++counters_.messages_expired;
  observer_.on_expired(d, *m);
  if (!kind_.buries_expired || !d.is_queue()) return;
  bury(d, m,
       {{"dlqDeliveryFailureCause", "java.lang.Throwable: Message Expired. Expiration:" +
                                        std::to_string(m->facts().expires_ms)}});
}

void store::sweep(std::int64_t wall_ms) {
  wall_ms_ = wall_ms;
  if (expiring_ == 0) return;
  std::vector<std::pair<destination*, message_ptr>> gone;
  for (const auto& [name, d] : destinations_) {
    if (d->expiring == 0) continue;
    const auto is_over = [&, of = d.get()](const queue_entry& entry) {
      if (!entry.m->expired_at(wall_ms)) return false;
      gone.emplace_back(of, entry.m);
      return true;
    };
    std::erase_if(d->paged, [&](auto& item) { return is_over(item.second); });
    d->stored.remove_if(is_over);
  }
  for (const auto& [d, m] : gone) expire(*d, m);
}

}  // namespace mockbroker
