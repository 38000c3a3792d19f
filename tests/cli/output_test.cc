#include "catch.h"
#include "cli/completion.h"
#include "cli/container_filters.h"
#include "cli/container_rows.h"
#include "cli/help.h"
#include "cli/human_time.h"
#include "cli/image_rows.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/template.h"
#include "cli/text.h"
#include "cli/timing.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

constexpr int64_t now = 1'800'000'000;

runtime::Container container() {
  runtime::Container out;
  out.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  out.name = "happy_fox";
  out.image = "alpine:3.20";
  out.image_id = "sha256:aaaabbbb";
  out.command = {"sh", "-c", "while true; do sleep 1; done"};
  out.labels = {{"app", "web"}, {"tier", "1"}};
  out.status = runtime::Status::exited;
  out.created_unix_s = now - 300;
  out.finished_unix_s = now - 120;
  out.exit_code = 3;
  return out;
}

ListedContainer listed() {
  ListedContainer out;
  out.record.container = container();
  return out;
}

Row row() {
  Row out;
  out.fields = {{"ID", "abc"}, {"Names", "x,y"}, {"Count", "3", true}};
  out.labels = {{"app", "web"}};
  return out;
}

std::string apply(const std::string& text) {
  static const std::vector<std::string> known{"ID", "Names", "Count"};
  return Template(text, known).apply(row());
}

std::string failure(const std::string& text) {
  try {
    apply(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no failure";
}

registry::Image image() {
  registry::Image out;
  out.id = registry::Digest::from_hex(std::string(64, 'a'));
  out.config.created = "2027-01-10T08:00:00.123456789Z";
  out.config.labels = {{"app", "web"}};
  out.size_bytes = 7'051'234;
  registry::Reference tagged;
  tagged.registry = "docker.io";
  tagged.repository = "library/alpine";
  tagged.tag = "3.20";
  out.tags = {tagged};
  return out;
}

}  // namespace

TEST_CASE("durations read as Docker's") {
  struct Case {
    int64_t seconds;
    const char* words;
  };
  constexpr Case cases[] = {{-5, "Less than a second"}, {0, "Less than a second"}, {1, "1 second"},
                            {59, "59 seconds"},         {60, "About a minute"},    {119, "About a minute"},
                            {120, "2 minutes"},         {3599, "59 minutes"},      {3600, "About an hour"},
                            {5400, "2 hours"},          {172799, "2 days"},        {86400 * 20, "2 weeks"},
                            {86400 * 100, "3 months"},  {86400 * 900, "2 years"}};
  for (const Case& row : cases) CHECK(human_duration(row.seconds) == row.words);
  CHECK(ago(0, now) == "N/A");
  CHECK(ago(now - 120, now) == "2 minutes ago");
}

TEST_CASE("RFC 3339 times parse with fractions and offsets") {
  CHECK(parse_rfc3339("1970-01-01T00:00:10Z") == 10);
  CHECK(parse_rfc3339("1970-01-01T02:00:10.999999999+02:00") == 10);
  CHECK(parse_rfc3339("2027-01-15T08:00:00Z") == now);
  for (const char* text : {"", "2027-01-15", "2027-13-15T08:00:00Z", "2027-01-15T08:00:00", "2027-01-15T08:00:00.Z?",
                           "x027-01-15T08:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("tables align as Docker's") {
  Table table;
  table.add({"CONTAINER ID", "IMAGE", "NAMES"});
  table.add({"0123456789ab", "alpine", "a"});
  table.add({"x", "a-rather-long-image", "\xc3\xa9"});
  CHECK(table.str() ==
        "CONTAINER ID   IMAGE                 NAMES\n"
        "0123456789ab   alpine                a\n"
        "x              a-rather-long-image   \xc3\xa9\n");
}

TEST_CASE("text from outside cannot drive the terminal") {
  CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\x0a");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9b31m");
  CHECK(printable("\xff\xc3\xa9") == "\xef\xbf\xbd\xc3\xa9");
  CHECK(json_quote("a\"b\\\n\x01\xed\xa0\x80") == "\"a\\\"b\\\\\\n\\u0001\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("long text ends in an ellipsis of one column") {
  CHECK(ellipsis("abcdef", 6) == "abcdef");
  CHECK(ellipsis("abcdef", 4) == "abc\xe2\x80\xa6");
  CHECK(ellipsis("\xc3\xa9\xc3\xa9\xc3\xa9", 2) == "\xc3\xa9\xe2\x80\xa6");
  CHECK(ellipsis("abc", 0).empty());
}

TEST_CASE("templates print fields, JSON and functions") {
  CHECK(apply("{{.ID}}: {{ .Names }}") == "abc: x,y");
  CHECK(apply("{{json .}}") == R"({"ID":"abc","Names":"x,y","Count":3})");
  CHECK(apply("{{json .ID}}") == "\"abc\"");
  CHECK(apply("{{.ID | upper}}") == "ABC");
  CHECK(apply("{{join (split .Names \",\") \"/\"}}") == "x/y");
  CHECK(apply("{{split .Names \",\" | json}}") == R"(["x","y"])");
  CHECK(apply("{{println .ID .Count}}") == "abc 3\n");
  CHECK(apply("{{title .ID}}{{len .ID}}{{truncate .ID 2}}") == "Abc3ab");
  CHECK(apply("{{.Label \"app\"}}|{{.Label \"none\"}}|") == "web||");
  CHECK(apply("a\\tb\\n") == "a\tb\n");
  CHECK(apply("x  {{- .ID -}}  y") == "xabcy");
  CHECK(apply("{{\"}}\"}}") == "}}");
}

TEST_CASE("a template that is wrong says what is wrong") {
  CHECK(failure("{{.Foo}}") == "--format: there is no field .Foo here; known are .ID .Names .Count");
  CHECK(failure("{{foo .ID}}").starts_with("--format: there is no function 'foo'; known are and, eq"));
  CHECK(failure("{{.ID") == "--format: a closing }} is missing in '{{.ID'");
  for (const char* text :
       {"{{}}", "{{.ID .Names}}", "{{json}}", "{{json upper .ID}}", "{{(json .ID}}", "{{.ID | .Names}}", "{{\"x}}",
        "{{.Label}}", "{{| upper}}", "{{(json .) .ID}}", "{{truncate .ID \"x\"}}", "{{.ID)}}"}) {
    INFO(text);
    CHECK(failure(text).starts_with("--format: "));
  }
  CHECK(failure("{{" + std::string(100, '(') + "}}").starts_with("--format: "));
}

TEST_CASE("ps prints Docker's columns") {
  std::vector<Row> rows{container_row(listed(), now, true)};
  constexpr const char* format =
      "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
  CHECK(render(rows, container_headings(), "", format) ==
        "CONTAINER ID   IMAGE         COMMAND                  CREATED         STATUS                     PORTS     "
        "NAMES\n"
        "0123456789ab   alpine:3.20   \"sh -c 'while true; \xe2\x80\xa6\"   5 minutes ago   Exited (3) 2 minutes ago   "
        "          happy_fox\n");
  CHECK(render(rows, container_headings(), "{{.Names}} {{.Label \"app\"}}", format) == "happy_fox web\n");
  CHECK(render(rows, container_headings(), "table {{.Names}}\\t{{.State}}", format) ==
        "NAMES       STATE\nhappy_fox   exited\n");
  CHECK(render({}, container_headings(), "json", format).empty());
}

TEST_CASE("the status of a container is a phrase") {
  runtime::Container c = container();
  c.oom_killed = true;
  CHECK(status_text(c, now) == "Exited (3) 2 minutes ago (OOM)");
  c.status = runtime::Status::running;
  c.started_unix_s = now - 3;
  CHECK(status_text(c, now) == "Up 3 seconds");
  c.status = runtime::Status::created;
  CHECK(status_text(c, now) == "Created");
}

bool passes(const std::vector<std::string>& values, const ListedContainer& it) {
  FilterLookups lookups;
  lookups.image_id = [](const std::string& name) { return name == "retagged:1" ? "sha256:aaaabbbb" : ""; };
  lookups.created_unix_ns = [](const std::string& name) { return std::stoll(name); };
  lookups.network_name = [](const std::string& word) { return word == "c0ffee" ? "front" : word; };
  return ContainerFilters(values, lookups).fits(it);
}

TEST_CASE("containers are filtered: the same key is either, different keys are both") {
  ListedContainer it = listed();
  CHECK(passes({}, it));
  CHECK(passes({"name=fox", "name=cat", "status=exited"}, it));
  CHECK_FALSE(passes({"name=fox", "status=running"}, it));
  CHECK(passes({"label=app=web", "label=tier"}, it));
  CHECK_FALSE(passes({"label=app=web", "label=none"}, it));
  CHECK(passes({"exited=3", "id=0123", "ancestor=aaaa"}, it));
  CHECK_FALSE(passes({"exited=0"}, it));
  for (const char* status : {"status=dead", "status=removing"}) CHECK_FALSE(passes({status}, it));
  for (const char* text : {"name", "=x", "colour=red", "status=asleep", "exited=many", "name=(", "publish=x", "expose=0"}) {
    INFO(text);
    CHECK_THROWS_AS(passes({text}, it), Error);
  }
}

TEST_CASE("a name is filtered by a regular expression, with Docker's slash before it or without") {
  for (const char* fits : {"name=^happy_fox$", "name=^/happy_fox$", "name=fox$", "name=h.p+y", "name=cat|fox", "name=_"})
    CHECK(passes({fits}, listed()));
  for (const char* no : {"name=^fox", "name=^happy$", "name=happy_foxes", "name=^a{2}"})
    CHECK_FALSE(passes({no}, listed()));
}

TEST_CASE("containers are filtered by image, age, mounts, networks and ports") {
  ListedContainer it = listed();
  it.record.container.created_unix_ns = 100;
  it.record.spec.network = runtime::NetworkMode::bridge;
  it.record.spec.networks = {{"front", {}, {}, {}, {}}};
  it.record.spec.exposed_ports = {"53/udp", "80"};
  runtime::Mount volume, bind;
  volume.kind = runtime::Mount::Kind::volume;
  volume.volume = "data";
  volume.destination = "/var/data";
  bind.source = "/srv";
  bind.destination = "/in";
  it.record.spec.mounts = {volume, bind};
  runtime::PortMapping port;
  port.host_port = 8080;
  port.container_port = 81;
  it.ports = {port};
  for (const char* fits :
       {"ancestor=alpine:3.20", "ancestor=retagged:1", "before=101", "since=99", "volume=data", "volume=/var/data",
        "volume=/srv", "volume=/in", "network=front", "network=c0ffee", "publish=8080", "publish=8000-8100/tcp",
        "expose=80", "expose=53/udp"}) {
    INFO(fits);
    CHECK(passes({fits}, it));
  }
  for (const char* no : {"ancestor=other", "before=100", "since=100", "volume=dat", "network=bridge", "publish=80",
                         "publish=8080/udp", "expose=53", "expose=8080"}) {
    INFO(no);
    CHECK_FALSE(passes({no}, it));
  }
  CHECK(render({container_row(it, now, true)}, container_headings(), "{{.Networks}} {{.Mounts}} {{.LocalVolumes}}", "") ==
        "front data,/srv 1\n");
}

TEST_CASE("images prints a row for each name, and filters them") {
  std::vector<registry::Image> images{image(), registry::Image{}};
  images[1].id = registry::Digest::from_hex(std::string(64, 'b'));
  ImageStyle style;
  style.now_unix_s = now;
  constexpr const char* format = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
  CHECK(render(image_rows(images, style, {}), image_headings(), "", format) ==
        "REPOSITORY   TAG       IMAGE ID       CREATED      SIZE\n"
        "alpine       3.20      aaaaaaaaaaaa   5 days ago   7.05MB\n"
        "<none>       <none>    bbbbbbbbbbbb   N/A          0B\n");
  CHECK(image_rows(images, style, image_filters({"dangling=true"})).size() == 1);
  CHECK(image_rows(images, style, image_filters({"reference=alp*"})).size() == 1);
  CHECK(image_rows(images, style, image_filters({"label=app"})).size() == 1);
  style.find = [&](const std::string& name) { return images.at(name == "alpine" ? 0 : 1); };
  images[1].config.created = "2027-01-10T09:00:00.123456788+01:00";  // a nanosecond before the other
  CHECK(image_rows(images, style, image_filters({"before=alpine"}))[0].find("Repository")->value == "<none>");
  CHECK(image_rows(images, style, image_filters({"since=other"}))[0].find("Repository")->value == "alpine");
  CHECK(image_rows(images, style, image_filters({"since=alpine"})).empty());
  CHECK(image_rows(images, style, image_filters({"until=2027-01-10T08:00:00Z"})).empty());
  CHECK(image_rows(images, style, image_filters({"until=24h"})).size() == 2);
  CHECK_THROWS_AS(image_rows(images, style, image_filters({"until=soon"})), Error);
  style.wanted = "alpine:3.20";
  CHECK(image_rows(images, style, {}).size() == 1);
  style.wanted = "busybox";
  CHECK(image_rows(images, style, {}).empty());
}

TEST_CASE("a tag is listed with its own repository's digest, and an image without a tag is dangling") {
  registry::Image it = image();
  auto digest = [](const char* repository, char c) {
    registry::Reference name{.registry = "docker.io", .repository = repository, .tag = {}, .digest = {}};
    name.digest = registry::Digest::from_hex(std::string(64, c));
    return name;
  };
  it.repo_digests = {digest("library/alpine", '1'), digest("library/alpine", '2'), digest("mine/copy", '3')};
  it.tags.push_back({.registry = "docker.io", .repository = "mine/other", .tag = "1", .digest = {}});
  ImageStyle style;
  auto listed = [&](const Filters& filters = {}) {
    return render(image_rows({it}, style, filters), image_headings(), "{{.Repository}}:{{.Tag}} {{.Digest}}", "");
  };
  auto text = [](char c) { return " sha256:" + std::string(64, c) + "\n"; };
  CHECK(listed() == "alpine:3.20" + text('1') + "mine/other:1 <none>\nmine/copy:<none>" + text('3'));
  style.each_digest = true;
  CHECK(listed() == "alpine:3.20" + text('1') + "alpine:3.20" + text('2') + "mine/other:1 <none>\nmine/copy:<none>" +
                        text('3'));
  CHECK(listed(image_filters({"dangling=true"})).empty());
  it.tags.clear();
  CHECK(listed(image_filters({"dangling=true"})) ==
        "alpine:<none>" + text('1') + "alpine:<none>" + text('2') + "mine/copy:<none>" + text('3'));
  CHECK(listed(image_filters({"dangling=false"})).empty());
}

TEST_CASE("edit distance counts swaps as one") {
  CHECK(edit_distance("run", "rnu") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("images", "image") == 1);
}

TEST_CASE("the waterfall has a line a step and grows with time") {
  using std::chrono::milliseconds;
  std::string text =
      waterfall({{"flags", milliseconds(1)}, {"a longer step", milliseconds(3)}, {"exec", milliseconds(4)}});
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(text.find("a longer step     1.000 ms     2.000 ms") != std::string::npos);
  CHECK(waterfall({}).empty());
}

TEST_CASE("help and completion know every command and no flag of later versions") {
  for (const Command& command : commands()) {
    INFO(command.name);
    CHECK(program_help().find(command.name) != std::string::npos);
    std::string last = command.name;
    last = last.substr(last.rfind(' ') + 1);  // of "volume ls"
    for (const char* shell : {"bash", "zsh", "fish"}) {
      CHECK(completion_script(shell).find(last) != std::string::npos);
    }
  }
  CHECK(command_help(commands()[0]).find("--cidfile FILE") != std::string::npos);
  CHECK(command_help(commands()[0]).find("--gpus") == std::string::npos);
  CHECK(completion_script("bash").find("--gpus") == std::string::npos);
  CHECK_THROWS_AS(completion_script("tcsh"), Error);
}
