// The broker's role of a ladder: `>` lines are what clients are expected to say, `<` lines what
// they are answered (docs/ladder.md). Clients and time in, octets and ends out. Pure; one thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mockbroker/script/script_client.hpp"

namespace mockbroker {

// What a script does.
class script_output {
 public:
  virtual ~script_output() = default;
  // One frame, or an LF.
  virtual void send(client_id to, std::string octets) = 0;
  // What was sent goes out first. WebSocket: a Close with `code`, 1005: without one, 1006: none at
  // all.
  virtual void close(client_id to, std::uint16_t code, const std::string& reason) = 0;
  // on_tick() is to be called then; a later call replaces it.
  virtual void wake_at(net::time_point when) = 0;
  // For $now and timestamps.
  virtual std::int64_t civil_ms() const = 0;
  // A case ended. `report` is empty when it held.
  virtual void ended(const harness::ladder::row& r, const std::string& report) = 0;
};

class script {
 public:
  // Plays `rows` in order; refusals(rows) is empty.
  script(std::vector<harness::ladder::row> rows, script_output& out);
  script(const script&) = delete;
  script& operator=(const script&) = delete;

  // A client takes the next `conn` of its transport, of whichever case.
  void on_open(client_id id, client_info info, net::time_point now);
  // A frame, a beat, or the end.
  void on_arrival(client_id id, harness::ladder::arrival got, net::time_point now);
  void on_tick(net::time_point now);
  // Nothing more will come: a case that has not ended fails with what it waits for.
  void finish(net::time_point now);

  // Whether something was not as the script says. The script is over then, and so is every client.
  bool has_failed() const noexcept { return failed_; }
  // Whether every case held.
  bool is_done() const noexcept { return !failed_ && case_ == rows_.size(); }

 private:
  using step = harness::ladder::step;
  using expect_step = harness::ladder::expect_step;
  // The steps in work, and those of the repetitions around them.
  struct level {
    const std::vector<step>* steps;
    std::size_t at = 0;
    std::size_t times_left = 0;
    std::size_t repetition = 0;
  };
  // A `conn N` of a case, and who has taken it.
  struct place {
    std::size_t of_case = 0;
    unsigned number = 0;
    std::optional<bool> websocket;  // nothing: either
    std::unique_ptr<script_client> taken;
    bool is_over = false;  // dropped: a further `conn` of this number is another place
  };
  // Thrown at what is not as the script says; caught by guarded().
  struct mismatch {
    std::string text;
  };

  void add_places(const std::vector<step>& steps, std::size_t of_case, std::set<unsigned>& open,
                  unsigned& number);
  void begin_case();
  void end_case();
  template <class F>
  void guarded(net::time_point now, F f);
  void advance(net::time_point now);
  // Whether the step is over; false: it waits for a client or for time.
  bool play(const step& s, net::time_point now);
  bool play_open(const harness::ladder::open_connection& o, net::time_point now);
  bool take_connect(const harness::ladder::open_connection& o, net::time_point now);
  bool take_sent(const harness::ladder::send_step& s);
  bool leaves_out(const harness::ladder::send_step& s);
  void answer_receipt(const harness::ladder::arrival& got);
  bool drop();
  bool take_octets(const harness::ladder::send_step& s);
  bool take_frame(const expect_step& line);
  expect_step expectation_of(const harness::ladder::send_step& s);
  bool say(const expect_step& e, net::time_point now);
  void say_frame(const expect_step& e, net::time_point now);
  bool wait_until(net::time_point when, net::time_point now);
  void answer_barrier(script_client& from, const harness::ladder::arrival& got,
                      net::time_point now);
  void beat(net::time_point now);
  void ask_to_wake();
  void fail(const std::string& text, net::time_point now);
  script_client* current();
  place* place_of(client_id id);
  std::string text_of(const harness::ladder::value& v);
  void tell(const place& of, const std::string& text, net::time_point now);

  std::vector<harness::ladder::row> rows_;
  script_output& out_;
  value_source values_;
  std::vector<place> places_;
  std::size_t case_ = 0;
  std::vector<level> levels_;
  harness::ladder::scope scope_;
  unsigned number_ = 1;
  unsigned line_ = 0;
  bool connects_ = false;    // `conn N connected`: CONNECT is waited for
  bool has_octets_ = false;  // `> raw`: its frames are in octets_
  std::vector<harness::ladder::wire_frame> octets_;
  std::optional<net::time_point> until_;  // of a wait that has begun
  net::time_point taken_at_;              // when the frame came that was taken last
  std::optional<net::time_point> began_;
  std::vector<std::string> told_;
  bool failed_ = false;
};

}  // namespace mockbroker
