// A tunnel: two stream pumps between a browser and its broker (Membrane: StreamPump). It carries
// WebSocket frames, or octets of which it knows nothing (STOMP over TCP, TLS, Upgrade: tcp).
//
// Pure: a state machine over try_read, try_write and readiness. It copies octets as they are and
// only walks over frame headers, so that an end in mid-frame can be told from one between frames.
// Nothing is buffered while both sides keep up; when a sink is full, at most one turn is kept and
// its source is not read (back-pressure). Used on one thread; the channels must outlive it.
//
// With a filter it becomes frame-aware: what goes on is what the filter lets through, and the
// counts are still those of the octets that came.
//
// Octets without frames have no Close: what ends one side ends the other with FIN, a reset as well,
// and so does shut_down(), wherever the stream stands then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/pump/tunnel_filter.hpp"
#include "net/types.hpp"
#include "ws/close.hpp"
#include "ws/frame_walker.hpp"

namespace gateway {

// Why a tunnel ended: one log line, one counter, and what the peers were told.
enum class tunnel_end {
  running,             // not ended
  closed,              // Close frames went both ways
  client_ended,        // client sent FIN, upstream followed
  client_lost,         // client was reset
  upstream_ended,      // FIN by upstream, followed by the client; opaque, or after its Close
  upstream_lost,       // upstream went away between frames: client got Close 1011 (octets: FIN)
  upstream_mid_frame,  // upstream went away inside a frame: client got FIN (it sees 1006)
  client_refused,      // the filter refused the client: both got a Close
  upstream_refused,    // the filter refused upstream: both got a Close
  shut_down,           // we ended it (drain: 1001, reload: 1012; octets: FIN)
};
std::string_view to_string(tunnel_end reason) noexcept;

// What a tunnel asks of its surroundings. Calls come from inside the tunnel's own calls.
class tunnel_host {
 public:
  virtual ~tunnel_host() = default;
  // Call tunnel::on_deadline() after `after`; replaces an earlier wish.
  virtual void set_deadline(net::duration after) = 0;
  // The tunnel has ended and holds no waits. Destroy it later, not from inside this call.
  virtual void tunnel_ended(tunnel_end reason) = 0;
};

enum class tunnel_content {
  websocket,  // frames of RFC 6455
  octets,     // anything
};

struct tunnel_options {
  tunnel_content content = tunnel_content::websocket;
  // How long a peer may take to answer a Close or to end after one.
  net::duration close_wait = std::chrono::seconds(5);
  // How long nothing may move once a side has ended but the other is not through.
  net::duration half_open_wait = std::chrono::seconds(60);
  // Turns of one pump before others get theirs (a busy connection must not starve the rest).
  unsigned turns = 16;
};

class tunnel {
 public:
  // `filter` may be null, and is with octets; it must outlive the tunnel.
  tunnel(net::byte_channel& client, net::byte_channel& upstream, tunnel_host& host,
         const tunnel_options& options = {}, tunnel_filter* filter = nullptr);
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;
  ~tunnel();

  // Starts both pumps. The arguments are octets that came behind the handshake from each side.
  void start(std::string client_early, std::string upstream_early);
  void on_deadline();
  // Ends in order: Close with `code` to both sides between frames, bounded wait for the answers.
  // Octets: FIN to both sides behind what was taken, what still comes is dropped.
  void shut_down(ws::close_code code, std::string_view reason);

  // Octets moved since start: what the console shows as "Transferred Bytes".
  std::uint64_t client_to_server_bytes() const noexcept { return to_upstream_.bytes; }
  std::uint64_t server_to_client_bytes() const noexcept { return to_client_.bytes; }
  tunnel_end end_reason() const noexcept { return end_; }
  // Octets kept because a sink is full.
  std::size_t buffered() const noexcept;

 private:
  struct pump {
    pump(net::byte_channel& from, net::byte_channel& to, ws::frame_walker::flow way)
        : source(from), sink(to), direction(way), walker(way) {}
    net::byte_channel& source;
    net::byte_channel& sink;
    ws::frame_walker::flow direction;
    ws::frame_walker walker;
    std::string pending;  // taken from source, not yet by sink
    std::uint64_t bytes = 0;
    bool source_ended = false;  // FIN or loss; nothing more will come
    bool sink_lost = false;     // what still comes is dropped
    bool sealed = false;        // we wrote a Close of our own: what still comes is dropped
    bool refused = false;       // the filter does not listen to the source any more
    bool fin_wanted = false;    // FIN to the sink once pending is empty
    bool fin_sent = false;
  };

  void turn(pump& p);
  bool write_pending(pump& p);
  void take(pump& p, std::string_view part);
  void deliver(pump& p, std::string_view part);
  void refuse(pump& p, const tunnel_filter::refusal& why);
  void on_source_end(pump& p, std::error_code why);
  void on_upstream_gone(std::error_code why);
  void on_client_gone(std::error_code why);
  void seal(pump& p, ws::close_code code, std::string_view reason);
  void seal_if_wanted(pump& p);
  void end_octets(pump& p);
  bool is_raw() const noexcept { return options_.content == tunnel_content::octets; }
  void settle();
  bool both_closed() const;
  bool all_said() const;
  void arm();
  void finish(tunnel_end reason);

  tunnel_host& host_;
  tunnel_options options_;
  tunnel_filter* filter_;
  pump to_upstream_;
  pump to_client_;
  tunnel_end end_ = tunnel_end::running;
  tunnel_end likely_ = tunnel_end::running;  // the reason to report once both sides are through
  bool shutting_down_ = false;
  bool leaving_ = false;  // the last deadline runs
  bool half_open_ = false;
  bool moved_ = false;  // since the last look at the whole
  ws::close_code shut_code_ = ws::close_code::going_away;
  std::string shut_reason_;
};

}  // namespace gateway
