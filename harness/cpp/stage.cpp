#include "harness/cpp/stage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <regex>

#include "gateway/app/application.hpp"
#include "harness/cpp/backend.hpp"
#include "mockbroker/profiles/profile.hpp"
#include "mockbroker/relay/journal_wait.hpp"
#include "net/files.hpp"

namespace harness {

namespace {

// Where files expect a broker; what goes there is sent to the stage's.
constexpr std::uint16_t usual_ws = 61614;
constexpr std::uint16_t usual_tcp = 61613;
// What a simulation may still do by itself when a test asks whether more will come.
constexpr net::duration quiet_time = std::chrono::seconds(1);

const crypto::identity& server_identity() {
  // RSA, whose signatures have one length: records are as long in every run.
  static const crypto::identity who = crypto::make_development_identity(
      crypto::key_kind::rsa_2048, std::chrono::system_clock::now());
  return who;
}

std::shared_ptr<const net::tls_context> trust_in_ours() {
  static const auto context = [] {
    net::tls_context::client_options o;
    o.trusted = {server_identity().leaf};
    return net::tls_context::client(o);
  }();
  return context;
}

// Takes every certificate: between a tap and its gateway.
std::shared_ptr<const net::tls_context> trust_in_all() {
  net::tls_context::client_options o;
  o.verify = false;
  return net::tls_context::client(o);
}

// Made once for each password: making a store is meant to be slow.
const std::string& keystore(const std::string& password) {
  static std::mutex guard;
  static std::map<std::string, std::string> made;
  const std::lock_guard lock(guard);
  std::string& store = made[password];
  if (store.empty()) store = crypto::to_pkcs12(server_identity(), password);
  return store;
}

// Of this thread; tasks are counted by thread, whoever's they are.
thread_local std::size_t stages_alive = 0;

std::uint64_t seed_or(std::uint64_t fallback) {
  const auto given = net::environment_variable("PUMPHOUSE_SEED");
  return given ? std::strtoull(given->c_str(), nullptr, 10) : fallback;
}

std::string elapsed(net::duration since) {
  char text[32];
  std::snprintf(text, sizeof text, "+%.3fs", double(since.count()) / 1e9);
  return text;
}

// "location" of keystores that are not there, replaced by ones that are made.
std::string with_key_material(const std::string& text, const std::string& folder,
                              const net::temporary_folder& made) {
  static const std::regex store("location=\"([^\"]+\\.p12)\"(?:\\s+password=\"([^\"]*)\")?");
  std::map<std::string, std::string> replaced;
  std::string out;
  auto rest = text.cbegin();
  for (std::sregex_iterator each(text.begin(), text.end(), store), end; each != end; ++each) {
    const std::string name = (*each)[1];
    out.append(rest, text.cbegin() + each->position(1));
    rest = text.cbegin() + each->position(1) + each->length(1);
    if (net::stat_file(net::join_path(folder, name))) {
      out += name;
      continue;
    }
    auto& path = replaced[name];
    if (path.empty()) {
      path = net::join_path(made.path(), std::to_string(replaced.size()) + ".p12");
      if (const auto error = net::write_file_atomic(path, keystore((*each)[2]))) {
        throw std::runtime_error(path + ": " + error.message());
      }
    }
    out += path;
  }
  out.append(rest, text.cend());
  return out;
}

}  // namespace

std::unique_ptr<net::listener> listen_on(net::runtime& rt, std::uint16_t port) {
  auto made = rt.listen({"127.0.0.1", port});
  if (!made) throw std::runtime_error("cannot listen: " + made.error().message());
  return std::move(*made);
}

std::uint64_t armed_fault::fired() const {
  std::uint64_t count = 0;
  stage_->where().call([&] {
    if (const auto* found = stage_->engine_.find(name_)) count = found->fired;
  });
  return count;
}
void armed_fault::disarm() const {
  stage_->where().call([&] { stage_->engine_.remove(name_); });
}
void armed_fault::fire() const {
  stage_->where().call([&] { stage_->engine_.fire(name_); });
}

stage::stage(std::unique_ptr<world> where, stage_options options)
    : world_(std::move(where)),
      options_(std::move(options)),
      engine_(options_.seed = seed_or(options_.seed)) {
  if (!mockbroker::find_profile(options_.profile)) {
    throw std::invalid_argument("profile '" + options_.profile +
                                "' is not known; known: " + mockbroker::profile_names());
  }
  world_->call([this] { began_ = world_->runtime().now(); });
  if (world_->simulated() == nullptr) descriptors_.emplace();
  ++stages_alive;
}

stage::~stage() {
  stop();
  --stages_alive;
}

backend& stage::programs() {
  if (backend_) return *backend_;
  const auto folder = world_->programs();
  backend_ = folder ? make_process_backend(*world_, *folder) : make_in_process_backend(*world_);
  return *backend_;
}

broker& stage::first_broker() {
  // What the examples of Membrane and ActiveMQ use.
  if (!first_) first_.reset(new broker(*this, broker_leg(), {usual_ws, usual_tcp}));
  return *first_;
}

broker& stage::add_broker(std::uint16_t written_port) {
  if (first_) throw std::logic_error("add_broker() comes before everything else");
  if (written_port == usual_ws || others_.count(written_port) > 0)
    throw std::invalid_argument("port " + std::to_string(written_port) + " has a broker already");
  const std::string leg = "gateway-broker-" + std::to_string(others_.size() + 2);
  std::unique_ptr<broker> added(new broker(*this, leg, {written_port, 0}));
  return *others_.emplace(written_port, std::move(added)).first->second;
}

void stage::use_config(const std::string& proxies_xml) {
  if (first_) throw std::logic_error("use_config() comes before everything else");
  auto text = net::read_file(proxies_xml, std::size_t{1} << 20U);
  if (!text) throw std::runtime_error(proxies_xml + ": " + text.error().message());
  gateway_file file{proxies_xml,
                    net::join_path(net::current_folder(), net::parent_folder(proxies_xml)),
                    {},
                    false};
  made_files_ = std::make_unique<net::temporary_folder>();
  file.text = with_key_material(*text, file.folder, *made_files_);
  file.is_changed = file.text != *text;
  // Bound once where nothing is in the way, to learn its ports.
  net::simulation nowhere;
  auto draft = gateway::bind_gateway(nowhere, file.text, file.path, file.folder, {});
  if (draft.code != gateway::exit_code::done) {
    std::string all;
    for (const auto& e : draft.errors) all += e + "\n";
    throw std::runtime_error(all);
  }
  std::map<std::uint16_t, std::uint16_t> ports;
  for (const auto& l : draft.value.config->settings->listeners) {
    doors_[l.written_port];
    ports[l.written_port] = 0;
  }
  const auto first = first_broker().backend_->ports();
  ports[usual_ws] = first.ws;
  ports[usual_tcp] = first.tcp;
  for (const auto& [written, other] : others_) ports[written] = other->backend_->ports().ws;
  for (const auto& each : programs().open_gateway(file, ports)) {
    world_->call([&] { open_door(each.written, each.bound, each.tls); });
  }
}

void stage::open_door(std::uint16_t written, std::uint16_t bound, bool tls) {
  door& d = doors_[written];
  d.tls = tls;
  mockbroker::relay_options o;
  o.leg = "browser-gateway";
  if (d.tls) {
    net::tls_context::server_options quiet;
    quiet.tickets = net::session_tickets::none;
    o.tls = net::tls_context::server(server_identity(), quiet);
  }
  d.between = std::make_unique<mockbroker::relay>(world_->runtime(), engine_, journal_, o);
  auto outer = listen_on(world_->runtime(), world_->simulated() ? written : 0);
  d.port = outer->local_endpoint().port;
  d.between->serve(std::move(outer),
                   d.between->connector("localhost", bound, d.tls ? trust_in_all() : nullptr));
}

std::string stage::url() {
  const auto ports = first_broker().backend_->ports();
  if (!doors_.empty()) return url(doors_.begin()->first);
  return "ws://localhost:" + std::to_string(ports.ws) + "/";
}
std::string stage::tcp_url() {
  return "stomp://localhost:" + std::to_string(first_broker().backend_->ports().tcp);
}
std::string stage::url(std::uint16_t written_port, const std::string& path) const {
  const auto found = doors_.find(written_port);
  if (found == doors_.end()) {
    std::string known;
    for (const auto& [port, each] : doors_) known += ' ' + std::to_string(port);
    throw std::invalid_argument("port " + std::to_string(written_port) +
                                " is not in the gateway's file; known:" + known);
  }
  return (found->second.tls ? "wss" : "ws") + std::string("://localhost:") +
         std::to_string(found->second.port) + path;
}

mockbroker::relay* stage::relay_of(const std::string& leg, const std::string& to) {
  if (leg == "browser-gateway") {
    for (auto& [written, each] : doors_) {
      if (to.find(":" + std::to_string(each.port)) != std::string::npos) return each.between.get();
    }
  }
  return to.starts_with("stomp") ? first_->tcp_.get() : first_->ws_.get();
}

net::task<net::result<std::unique_ptr<stomp_client::client>>> stage::attempt(connect_options how,
                                                                             std::string& why) {
  const auto parsed = stomp_client::parse_url(how.url);
  if (const auto* problem = std::get_if<std::string>(&parsed)) {
    throw std::invalid_argument(how.url + " " + *problem);
  }
  const auto& to = std::get<stomp_client::url>(parsed);
  // Made only where it is needed: a context costs more than a connection on the simulation.
  if (to.tls) how.client.tls = trust_in_ours();
  co_return co_await stomp_client::client::connect(world_->runtime(), to, std::move(how.client),
                                                   why);
}

std::string stage::leg_to(const std::string& to) const {
  const bool through_gateway =
      to.find(":" + std::to_string(first_->backend_->ports().ws)) == std::string::npos &&
      !to.starts_with("stomp") && !doors_.empty();
  return through_gateway ? client_leg() : broker_leg();
}

std::uint64_t stage::note_asked(const std::string& to) {
  const std::string leg = leg_to(to);
  std::uint64_t number = 0;
  world_->call([&] { number = relay_of(leg, to)->newest(); });
  asked_[leg].insert(number);
  return number;
}

client& stage::connect(connect_options how) {
  first_broker();
  if (how.url.empty()) how.url = url();
  std::string why;
  auto made = world_->ask<net::result<std::unique_ptr<stomp_client::client>>>(
      [&] { return attempt(how, why); }, options_.patience);
  const auto number = note_asked(how.url);
  if (!made || !*made) {
    throw not_happened("cannot connect to " + how.url + ": " +
                       (made ? why : std::string("nothing happened in time")) + "\nLadder  :\n" +
                       ladder() + faults_report());
  }
  clients_.push_back(
      std::unique_ptr<client>(new client(*this, std::move(**made), leg_to(how.url), number)));
  client& c = *clients_.back();
  c.take([](const auto& e) { return e.what == stomp_client::event::kind::connected; }, "CONNECTED");
  return c;
}

std::string stage::connect_refused(connect_options how) {
  first_broker();
  if (how.url.empty()) how.url = url();
  std::string why;
  auto body = [](stage& self, connect_options with, std::string& reason) -> net::task<bool> {
    auto made = co_await self.attempt(std::move(with), reason);
    if (!made) co_return true;
    const auto first = co_await (*made)->next();
    reason = to_text(first);
    co_return first.what != stomp_client::event::kind::connected;
  };
  const auto refused = world_->ask<bool>([&] { return body(*this, how, why); }, options_.patience);
  note_asked(how.url);
  if (refused && *refused) return why;
  throw not_happened("the connection was " +
                     std::string(refused ? "accepted" : "neither accepted nor refused in time") +
                     "\nLadder  :\n" + ladder());
}

void stage::publish(const std::string& destination, const std::string& body,
                    const std::vector<stomp::header>& headers) {
  first_broker().publish(destination, body, headers);
}
queue_numbers stage::queue(const std::string& destination) {
  return first_broker().queue(destination);
}
std::size_t stage::connections() { return first_ ? first_->connections() : 0; }
void stage::drop_connections() { first_broker().drop_connections(); }
void stage::restart_broker() { first_broker().restart(); }

armed_fault stage::arm(const std::string& line) {
  auto made = mockbroker::parse_fault(line);
  if (const auto* problem = std::get_if<mockbroker::fault_problem>(&made)) {
    throw std::invalid_argument(problem->text);
  }
  std::optional<mockbroker::fault_problem> refused;
  std::string name;
  world_->call([&] {
    refused = engine_.add(std::get<mockbroker::fault>(std::move(made)), world_->runtime().now());
    if (!refused) name = engine_.all().back()->f.name;
  });
  if (refused) throw std::invalid_argument(refused->text);
  return {*this, name};
}

std::vector<journal_entry> stage::journal() {
  std::vector<journal_entry> copy;
  world_->call([&] { copy.assign(journal_.entries().begin(), journal_.entries().end()); });
  return copy;
}

bool stage::wait_for(const std::function<bool(const std::deque<journal_entry>&)>& done) {
  return world_
      ->ask<int>([&] { return mockbroker::wait_for_journal(world_->runtime(), journal_, done); },
                 options_.patience)
      .has_value();
}

void stage::settle() {
  if (auto* sim = world_->simulated()) return sim->advance(quiet_time);
  for (const auto& each : clients_) {
    const bool over = std::any_of(each->events_.begin(), each->events_.end(), [](const auto& e) {
      return e.what == stomp_client::event::kind::closed;
    });
    if (over || each->breaks_rules_ || !each->connection_) continue;
    const std::string transaction = each->begin();
    each->abort(transaction);
  }
}

void stage::advance(net::duration time) {
  auto* sim = world_->simulated();
  if (sim == nullptr) throw std::logic_error("time can be advanced on the simulation only");
  sim->advance(time);
}

std::string stage::ladder(std::size_t most) {
  std::string text;
  world_->call([&] {
    const auto& all = journal_.entries();
    std::size_t skip = all.size() > most ? all.size() - most : 0;
    if (skip > 0) text += "  ... " + std::to_string(skip) + " before\n";
    for (const auto& e : all) {
      if (skip > 0) {
        --skip;
        continue;
      }
      text += "  " + elapsed(e.at - began_) + ' ' + e.leg + ' ' + mockbroker::line_of(e) + '\n';
    }
  });
  return text;
}

std::string stage::faults_report() {
  std::string text;
  world_->call([&] {
    for (const auto& each : engine_.all()) {
      text += (text.empty() ? "Faults  : " : "          ") + each->f.name + " fired " +
              std::to_string(each->fired) + "x of " + std::to_string(each->seen) + " matches\n";
    }
  });
  return text + "Seed    : " + std::to_string(options_.seed) + "\n";
}

std::vector<std::string> stage::finish() {
  std::vector<std::string> wrong;
  if (options_.strict) wrong = unexpected();
  for (const auto& each : clients_) {
    if (!each->breaks_rules_) each->disconnect();
  }
  const bool disturbed =
      std::any_of(clients_.begin(), clients_.end(), [](const auto& c) { return c->breaks_rules_; });
  clients_.clear();
  if (auto* sim = world_->simulated()) sim->advance(quiet_time);
  world_->call([&] {
    const bool faulty = std::any_of(engine_.all().begin(), engine_.all().end(),
                                    [](const auto& f) { return f->fired > 0; });
    for (const auto& e : journal_.entries()) {
      if (breaches_allowed_ || e.breaches.empty() || e.became != journal_entry::fate::passed) {
        continue;
      }
      if (e.what == journal_entry::event::closed && (disturbed || faulty)) continue;
      if (disturbed && e.direction == way::to_broker) continue;
      // What a product does differently is its profile's business.
      if (e.direction == way::to_client && options_.profile != "strict") continue;
      wrong.push_back("a rule was broken: " + e.leg + ' ' + mockbroker::line_of(e));
    }
    if (unused_allowed_) return;
    for (const auto& name : engine_.unused()) {
      wrong.push_back("the fault '" + name + "' was armed and never acted");
    }
  });
  for (auto& text : stop()) wrong.push_back(std::move(text));
  if (auto* sim = world_->simulated()) {
    // Whatever is over ends at once; a timer that is set for later belongs to something that lives.
    sim->advance(quiet_time);
    auto left = sim->outstanding();
    if (stages_alive > 1) left.frames = 0;  // may be of another stage
    if (left != net::simulation::left_over{}) {
      wrong.push_back("left behind: " + std::to_string(left.streams) + " connections, " +
                      std::to_string(left.timers) + " timers, " + std::to_string(left.listeners) +
                      " listeners, " + std::to_string(left.frames) + " tasks");
    }
  }
  if (descriptors_) {
    for (const auto& each : descriptors_->left()) wrong.push_back("left behind: " + each);
  }
  return wrong;
}

std::vector<std::string> stage::stop() {
  if (std::exchange(stopped_, true)) return {};
  clients_.clear();
  std::vector<std::string> wrong;
  if (backend_) wrong = backend_->stop();
  std::vector<broker*> all;
  if (first_) all.push_back(first_.get());
  for (const auto& [port, each] : others_) all.push_back(each.get());
  for (broker* each : all)
    for (auto& text : each->backend_->stop()) wrong.push_back(std::move(text));
  world_->call([this] { doors_.clear(); });
  for (broker* each : all) each->close_relays();
  first_.reset();
  others_.clear();
  backend_.reset();
  return wrong;
}

}  // namespace harness
