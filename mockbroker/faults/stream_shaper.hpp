// Carries out the stream faults on one direction of a connection: what it is given comes out in
// pieces with the times at which they may go on. Toxiproxy's toxics, by name and attribute. Pure.
#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/faults/fault_engine.hpp"

namespace mockbroker {

class stream_shaper {
 public:
  struct piece {
    std::string octets;
    net::time_point due;  // never before that of the piece in front of it
    ending end;           // behind the octets
  };

  // `engine` counts the faults that act and gives chance; it outlives the shaper.
  stream_shaper(fault_engine& engine, relayed_connection& connection, way direction)
      : engine_(engine), connection_(connection), direction_(direction) {}

  // What becomes of `octets`, which come at `now` and wait `delay` in any case.
  std::vector<piece> pass(std::string octets, net::time_point now, net::duration delay);
  // The end of the stream, which comes at `now`: when it may be passed on.
  net::time_point pass_end(net::time_point now);
  // Whether nothing goes on any more, whatever comes.
  bool is_silent() const noexcept { return silent_; }

 private:
  void note(const fault& f);
  net::duration jittered(const fault& f);

  fault_engine& engine_;
  relayed_connection& connection_;
  way direction_;
  net::time_point last_due_{};
  std::uint64_t passed_ = 0;  // octets
  bool silent_ = false;
  std::map<std::string, bool> noted_;
};

}  // namespace mockbroker
