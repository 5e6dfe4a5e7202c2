// <webServer> over a real folder on a simulated runtime.
#include <cstdlib>
#include <filesystem>

#include "gateway/elements/byte_range.hpp"
#include "gateway/elements/file_lookup.hpp"
#include "net/files.hpp"
#include "tests/unit/gateway/support.hpp"

namespace gateway::test {
namespace {

namespace fs = std::filesystem;

class WebServer : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "pumphouse-www-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    fs::create_directories(root + "/www/sub/empty");
    put("/www/index.html", "<p>hello</p>");
    put("/www/stomp.js", "var x;");
    put("/www/a b.txt", "blank");
    put("/www/sub/index.html", "sub");
    put("/www/zero.txt", "");
    put("/www/big.bin", std::string(200'000, 'b'));
    for (const std::string hidden : {"a.p12", "A.PFX", "a.jks", "a.pem", "a.key", "proxies.xml",
                                     "Proxies.XML", "apis.yaml", ".htaccess"})
      put("/www/" + hidden, "secret");
    put("/outside.txt", "secret");
    fs::create_symlink(root + "/outside.txt", root + "/www/out.txt");
    fs::create_symlink(root, root + "/www/up");
    fs::create_symlink(root + "/www/a.p12", root + "/www/store.txt");
    fs::create_symlink(root + "/www/stomp.js", root + "/www/inside.js");
    load_options options;
    options.folder = root;
    loaded = must_load_flow("<webServer docBase='www' index='none.html, index.html'/>", options);
  }
  void TearDown() override { fs::remove_all(root); }

  void put(const std::string& path, const std::string& text) const {
    ASSERT_FALSE(net::write_file_atomic(root + path, text));
  }
  outcome get(std::string target, net::header_list headers = {}, std::string method = "GET") {
    ex.emplace(make_request(std::move(method), std::move(target), std::move(headers)), w.connection,
               w.all);
    return run(w, loaded->proxies.at(0)->elements.on_request(*ex));
  }
  int status() const { return ex->response ? ex->response->status : 0; }
  std::string header(std::string_view name) const {
    return std::string(ex->response->headers.get(name).value_or("-"));
  }
  std::string body() { return ex->response->body ? body_of(w, *ex->response) : ""; }

  world w;
  std::string root;
  std::shared_ptr<const config> loaded;
  std::optional<exchange> ex;
};

TEST_F(WebServer, ServesFilesWithTypeLengthAndValidators) {
  EXPECT_EQ(get("/stomp.js?v=1"), outcome::respond);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(header("Content-Type"), "application/javascript; charset=utf-8");
  EXPECT_EQ(header("Content-Length"), "6");
  EXPECT_TRUE(header("ETag").starts_with('"'));
  EXPECT_TRUE(header("Last-Modified").ends_with(" GMT"));
  EXPECT_EQ(body(), "var x;");
}

TEST_F(WebServer, ServesIndexBlanksLinksInsideAndEmptyFiles) {
  get("/");
  EXPECT_EQ(body(), "<p>hello</p>");
  get("/sub/");
  EXPECT_EQ(body(), "sub");
  get("/a%20b.txt");
  EXPECT_EQ(body(), "blank");
  get("/inside.js");
  EXPECT_EQ(body(), "var x;");
  get("/zero.txt");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(header("Content-Length"), "0");
  EXPECT_EQ(body(), "");
  get("http://localhost:4444/sub/index.html");
  EXPECT_EQ(body(), "sub");
}

TEST_F(WebServer, HeadHasLengthButNoBody) {
  EXPECT_EQ(get("/index.html", {}, "HEAD"), outcome::respond);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(header("Content-Length"), "12");
  EXPECT_FALSE(ex->response->body);
}

TEST_F(WebServer, StreamsBigFilesInParts) {
  get("/big.bin");
  EXPECT_EQ(ex->response->body->size(), 200'000U);
  const auto first = run(w, ex->response->body->pull());
  EXPECT_EQ((*first).size(), 65'536U);
  EXPECT_EQ(body().size(), 200'000U - 65'536U);
}

TEST_F(WebServer, FileThatShrinksEndsWithAnError) {
  get("/big.bin");
  fs::resize_file(root + "/www/big.bin", 10);
  EXPECT_TRUE(body().starts_with("error: "));
}

TEST_F(WebServer, AnswersConditionalRequestsWith304) {
  get("/index.html");
  const std::string tag = header("ETag");
  const std::string date = header("Last-Modified");
  get("/index.html", {{"If-None-Match", "\"x\", W/" + tag}});
  EXPECT_EQ(status(), 304);
  EXPECT_FALSE(ex->response->body);
  EXPECT_EQ(header("ETag"), tag);
  get("/index.html", {{"If-None-Match", "*"}});
  EXPECT_EQ(status(), 304);
  get("/index.html", {{"If-None-Match", "\"x\""}, {"If-Modified-Since", date}});
  EXPECT_EQ(status(), 200);
  get("/index.html", {{"If-Modified-Since", date}});
  EXPECT_EQ(status(), 304);
  get("/index.html", {{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  EXPECT_EQ(status(), 200);
  get("/index.html", {{"If-Modified-Since", "yesterday"}});
  EXPECT_EQ(status(), 200);
}

TEST_F(WebServer, AnswersASingleRangeWithThatPart) {
  struct row {
    const char* range;
    const char* shown;
    const char* body;
  };
  for (const auto& [range, shown, part] : {
           row{"bytes=0-4", "bytes 0-4/12", "<p>he"},
           {"bytes=3-", "bytes 3-11/12", "hello</p>"},
           {"bytes=-4", "bytes 8-11/12", "</p>"},
           {"bytes=-99", "bytes 0-11/12", "<p>hello</p>"},
           {"bytes=11-11", "bytes 11-11/12", ">"},
           {"bytes=8-99999999999999999999", "bytes 8-11/12", "</p>"},
           {"Bytes= 0-0 ", "bytes 0-0/12", "<"},
       }) {
    EXPECT_EQ(get("/index.html", {{"Range", range}}), outcome::respond);
    EXPECT_EQ(status(), 206) << range;
    EXPECT_EQ(header("Content-Range"), shown);
    EXPECT_EQ(header("Content-Length"), std::to_string(std::string(part).size()));
    EXPECT_EQ(header("Accept-Ranges"), "bytes");
    EXPECT_TRUE(header("ETag").starts_with('"'));
    EXPECT_EQ(body(), part) << range;
  }
  get("/big.bin", {{"Range", "bytes=65000-199999"}});
  EXPECT_EQ(body().size(), 135'000U);
}

TEST_F(WebServer, ARangeBehindTheEndIsRefusedWithTheLength) {
  for (const char* range :
       {"bytes=12-", "bytes=12-20", "bytes=-0", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(get("/index.html", {{"Range", range}}), outcome::abort);
    EXPECT_EQ(status(), 416) << range;
    EXPECT_EQ(header("Content-Range"), "bytes */12");
  }
  get("/zero.txt", {{"Range", "bytes=0-"}});
  EXPECT_EQ(status(), 416);
}

TEST_F(WebServer, RangesThatAreNoneOrSeveralAndThoseOfHeadGetTheWholeFile) {
  for (const char* range :
       {"bytes=0-1,3-4", "bytes=0-1,", "bytes=4-3", "bytes=-", "bytes=", "bytes", "bytes=x-1",
        "bytes=+1-2", "bytes=1 - 2", "lines=0-1", "bytes 0-1"}) {
    get("/index.html", {{"Range", range}});
    EXPECT_EQ(status(), 200) << range;
    EXPECT_EQ(header("Content-Range"), "-");
    EXPECT_EQ(body().size(), 12U) << range;
  }
  get("/index.html", {{"Range", "bytes=0-1"}, {"Range", "bytes=3-4"}});
  EXPECT_EQ(status(), 200);
  get("/zero.txt", {{"Range", "bytes=-5"}});
  EXPECT_EQ(status(), 200);
  get("/index.html", {{"Range", "bytes=0-1"}}, "HEAD");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(header("Content-Length"), "12");
  EXPECT_EQ(header("Accept-Ranges"), "bytes");
}

TEST_F(WebServer, IfRangeAsksForThePartOfThisVeryFileOnly) {
  const auto part_if = [&](const std::string& validator) {
    get("/index.html", {{"Range", "bytes=0-1"}, {"If-Range", validator}});
    return status();
  };
  get("/index.html");
  const std::string tag = header("ETag");
  EXPECT_EQ(part_if(tag), 206);
  EXPECT_EQ(part_if("W/" + tag), 200) << "weak tags may name other octets";
  EXPECT_EQ(part_if("\"x\""), 200);
  EXPECT_EQ(part_if("yesterday"), 200);
  get("/index.html", {{"Range", "bytes=0-1"}, {"If-None-Match", tag}});
  EXPECT_EQ(status(), 304);
}

TEST(ByteRange, ADateNamesAFileOnceASecondIsOver) {
  net::file_info info;
  info.modified = std::chrono::sys_days(std::chrono::year(2025) / 3 / 4);
  const std::string date = net::http_date(info.modified);
  EXPECT_TRUE(range_applies(date, info, info.modified + std::chrono::seconds(1)));
  EXPECT_FALSE(range_applies(date, info, info.modified + std::chrono::milliseconds(999)));
  const std::string later = net::http_date(info.modified + std::chrono::seconds(1));
  EXPECT_FALSE(range_applies(later, info, info.modified + std::chrono::hours(1)));
  EXPECT_TRUE(range_applies(std::nullopt, info, info.modified));
}

TEST_F(WebServer, RedirectsFoldersToTheirSlash) {
  EXPECT_EQ(get("/sub?x=1"), outcome::respond);
  EXPECT_EQ(status(), 301);
  EXPECT_EQ(header("Location"), "/sub/?x=1");
  get("//sub");
  EXPECT_EQ(header("Location"), "/sub/");
}

TEST_F(WebServer, MissingFilesGetA404Page) {
  for (const std::string target :
       {"/none", "/sub/empty/", "/index.html/", "/stomp.js/x", "/%252e%252e/outside.txt"}) {
    EXPECT_EQ(get(target, {{"Accept", "application/json"}}), outcome::abort) << target;
    EXPECT_EQ(status(), 404) << target;
    EXPECT_EQ(header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_NE(body().find("<h1>404 Not Found</h1>"), std::string::npos);
  }
}

TEST_F(WebServer, NothingLeadsOutOfTheFolder) {
  for (const std::string target :
       {"/../outside.txt", "/%2e%2e/outside.txt", "/%2E./outside.txt", "/sub/../../outside.txt",
        "/..%2foutside.txt", "/..%5Coutside.txt", "/..\\outside.txt", "/sub/..", "/a%00.txt", "/%",
        "/%zz", "/a%0ab", "*"}) {
    EXPECT_EQ(get(target), outcome::abort) << target;
    EXPECT_EQ(status(), 400) << target;
  }
  for (const std::string target : {"/out.txt", "/up/outside.txt", "/up/", "/up"}) {
    EXPECT_EQ(get(target), outcome::abort) << target;
    EXPECT_EQ(status(), 404) << target;
  }
}

TEST_F(WebServer, KeysAndConfigurationAreNeverServed) {
  for (const std::string target :
       {"/a.p12", "/A.PFX", "/a.jks", "/a.pem", "/a.key", "/proxies.xml", "/Proxies.XML",
        "/apis.yaml", "/.htaccess", "/%61.p12", "/a.%7012", "/store.txt", "/proxies.xml/"}) {
    get(target);
    EXPECT_EQ(status(), 404) << target;
    EXPECT_EQ(body().find("secret"), std::string::npos) << target;
  }
}

TEST_F(WebServer, OtherMethodsAre405) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    EXPECT_EQ(get("/", {}, method), outcome::abort);
    EXPECT_EQ(status(), 405);
    EXPECT_EQ(header("Allow"), "GET, HEAD");
  }
}

TEST_F(WebServer, CancellationAtEachStepLeavesNothing) {
  auto serve = [](const flow& f, exchange& e) -> net::task<void> {
    auto running = f.on_request(e);
    co_await running;
    auto reading = net::read_all(e.response->body.get(), 1'000'000);
    auto all = co_await reading;
    EXPECT_TRUE(all);
  };
  bool ended = false;
  for (std::size_t steps = 0; steps < 200 && !ended; ++steps) {
    world fresh;
    {
      exchange one(make_request("GET", "/big.bin"), fresh.connection, fresh.all);
      net::task_group group(fresh.simulation);
      group.spawn(serve(loaded->proxies.at(0)->elements, one));
      for (std::size_t i = 0; i < steps; ++i) fresh.simulation.step();
      ended = group.size() == 0;
    }
    fresh.simulation.run();
    EXPECT_EQ(fresh.simulation.outstanding(), net::simulation::left_over{}) << steps;
  }
  EXPECT_TRUE(ended);
}

TEST(FileLookup, ReadsHttpDates) {
  const auto t = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(t);
  EXPECT_EQ(net::http_date(*t), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const std::string bad :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST_F(WebServer, LetsAWebSocketPassThatAnElementBeforePermitted) {
  exchange upgrade(make_request("GET", "/"), w.connection, w.all);
  upgrade.websocket_allowed = true;
  EXPECT_EQ(run(w, loaded->proxies.at(0)->elements.on_request(upgrade)), outcome::proceed);
  EXPECT_FALSE(upgrade.response);
}

}  // namespace
}  // namespace gateway::test
