// Times, events, processes, statistics and copies as they are read and shown.
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "catch.h"
#include "cli/cp_paths.h"
#include "cli/cp_tar_names.h"
#include "cli/duration.h"
#include "cli/event_view.h"
#include "cli/inspect_container.h"
#include "cli/inspect_image.h"
#include "cli/process_lines.h"
#include "cli/process_rows.h"
#include "cli/stats_rows.h"
#include "cli/value_json.h"
#include "cli/when.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

constexpr int64_t second_ns = 1'000'000'000;

// The zone of the tests; the machine's comes back.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* old = ::getenv("TZ")) old_ = old;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (old_)
      ::setenv("TZ", old_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> old_;
};

runtime::Event event() {
  runtime::Event out;
  out.action = "exec_create: sh -c true";
  out.actor_id = "abcdef";
  out.attributes = {{"image", "alpine:3.20"}, {"name", "web"}, {"app", "shop"}};
  out.time_ns = 1'800'000'000 * second_ns + 5;
  return out;
}

bool fits(const std::vector<std::string>& filters) { return EventView("", filters, false).fits(event()); }

}  // namespace

TEST_CASE("points in time are read as Docker reads them") {
  Zone zone("UTC-1");  // an hour ahead
  constexpr int64_t now = 1'800'000'000 * second_ns;
  CHECK(parse_moment_ns("since", "1700000000", now) == 1'700'000'000 * second_ns);
  CHECK(parse_moment_ns("since", "1700000000.25", now) == 1'700'000'000 * second_ns + 250'000'000);
  CHECK(parse_moment_ns("since", "2027-01-15T08:00:00Z", now) == now);
  CHECK(parse_moment_ns("since", "2027-01-15T08:00:00.5+01:00", now) == now - 3600 * second_ns + 500'000'000);
  CHECK(parse_moment_ns("since", "2027-01-15T09:00:00", now) == now);
  CHECK(parse_moment_ns("since", "2027-01-15T09:00:00.000000001", now) == now + 1);
  CHECK(parse_moment_ns("since", "2027-01-15", now) == now - 9 * 3600 * second_ns);
  CHECK(parse_moment_ns("since", "10m", now) == now - 600 * second_ns);
  CHECK(parse_moment_ns("since", "1h30m1.5s", now) == now - 5401 * second_ns - 500'000'000);
  for (const char* text : {"", "x", "10x", "m", "1..5s", "2027-13-01", "99999999999", "1h-", ".", "9999999999999h",
                           "9000-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_moment_ns("since", text, now), Error);
  }
}

TEST_CASE("points in time are printed as Docker prints them") {
  Zone zone("UTC-1:30");
  CHECK(rfc3339_utc(0) == "0001-01-01T00:00:00Z");
  CHECK(rfc3339_utc(1'800'000'000 * second_ns) == "2027-01-15T08:00:00Z");
  CHECK(rfc3339_utc(1'800'000'000 * second_ns + 120'000'000) == "2027-01-15T08:00:00.12Z");
  CHECK(rfc3339_local(1'800'000'000 * second_ns + 5) == "2027-01-15T09:30:00.000000005+01:30");
}

TEST_CASE("an event as a line, as JSON and by a template") {
  Zone zone("UTC");
  CHECK(EventView("", {}, false).line(event()) ==
        "2027-01-15T08:00:00.000000005Z container exec_create: sh -c true abcdef (app=shop, image=alpine:3.20, "
        "name=web)");
  CHECK(EventView("json", {}, false).line(event()) ==
        R"({"status":"exec_create: sh -c true","id":"abcdef","from":"alpine:3.20","Type":"container",)"
        R"("Action":"exec_create: sh -c true","Actor":{"ID":"abcdef","Attributes":{"app":"shop",)"
        R"("image":"alpine:3.20","name":"web"}},"scope":"local","time":1800000000,"timeNano":1800000000000000005})");
  CHECK(EventView("{{.Type}} {{.Actor.ID}} {{index .Actor.Attributes \"name\"}} {{.Time}}", {}, false).line(event()) ==
        "container abcdef web 1800000000");
  CHECK_THROWS_AS(EventView("{{.Nothing}}", {}, false).line(event()), Error);
}

TEST_CASE("events are filtered: the same key is either, different keys are both") {
  CHECK(fits({}));
  CHECK(fits({"type=container", "event=exec_create", "container=web", "image=alpine", "label=app=shop"}));
  CHECK(fits({"event=die", "event=exec_create: sh -c true", "container=abc", "image=alpine:3.20", "label=app"}));
  CHECK_FALSE(fits({"event=exec"}));
  CHECK_FALSE(fits({"type=image"}));
  CHECK_FALSE(fits({"image=alpine:3.19"}));
  CHECK_FALSE(fits({"container=other"}));
  CHECK_FALSE(fits({"label=app=other"}));
  CHECK_THROWS_AS(fits({"type=cat"}), Error);
  CHECK_THROWS_AS(fits({"colour=red"}), Error);
}

TEST_CASE("ps's lines of other processes are left out") {
  std::string table = lines_of_processes("  PID TTY      CMD\n    7 ?        sh -c  true\n   70 pts/0    top\n", {7});
  CHECK(table ==
        "PID                 TTY                 CMD\n"
        "7                   ?                   sh -c  true\n");
  CHECK_THROWS_AS(lines_of_processes("USER CMD\nroot sh\n", {7}), Error);
  CHECK(terminal_name(0) == "?");
  CHECK(terminal_name(136 << 8 | 3) == "pts/3");
  CHECK(terminal_name(4 << 8 | 1) == "tty1");
  CHECK(cpu_time(0) == "00:00:00");
  CHECK(cpu_time(86400 * 2 + 3661) == "2-01:01:01");
}

TEST_CASE("statistics as Docker prints them") {
  StatsSample sample;
  sample.container.id = std::string(64, 'a');
  sample.container.name = "web";
  sample.before.emplace();
  sample.now.emplace();
  sample.now->taken_ns = second_ns;
  sample.now->cpu_ns = second_ns / 2;
  sample.now->memory_bytes = 1536u << 10;
  sample.now->memory_limit_bytes = 3u << 20;
  sample.now->net_received_bytes = 1500;
  sample.now->tasks = 3;
  CHECK(render({stats_row(sample, true)}, stats_headings(), "", stats_format(false)) ==
        "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O      BLOCK I/O   PIDS\n"
        "aaaaaaaaaaaa   web       50.00%    1.5MiB / 3MiB       50.00%    1.5kB / 0B   0B / 0B     3\n");
  CHECK(render({stats_row(sample, true)}, stats_headings(), "{{.Container}}", "") == "aaaaaaaaaaaa\n");
  sample.typed = "web";
  CHECK(render({stats_row(sample, true)}, stats_headings(), "{{.Container}} {{.ID}}", "") == "web aaaaaaaaaaaa\n");
  sample.now->pressure = runtime::Pressure{12.5, 0, 0};
  CHECK(render({stats_row(sample, true)}, stats_headings(), "{{.CPUPressure}}", "") == "12.50%\n");
  sample.now.reset();
  CHECK(render({stats_row(sample, true)}, stats_headings(), "{{.CPUPerc}} {{.MemUsage}}", "") == "-- -- / --\n");
}

TEST_CASE("a container is inspected by Docker's names") {
  runtime::ContainerRecord record;
  record.container.id = std::string(64, 'a');
  record.container.name = "web";
  record.container.command = {"/entry", "run", "now"};
  record.container.status = runtime::Status::exited;
  record.container.exit_code = 3;
  record.spec = runtime::default_spec();
  record.spec.resources.memory_bytes = 64 << 20;
  record.spec.resources.cpu_quota_us = 50'000;
  record.spec.resources.cpu_period_us = 100'000;
  registry::Image image;
  image.config.entrypoint = {"/entry"};
  Value value = inspect_container({record, "/root/dir", &image, ContainerSizes{5, 7}});
  TemplateStyle style;
  auto get = [&](const char* text) { return Template(text, {}, style).apply(value); };
  CHECK(get("{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.Name}}") == "exited 3 false /web");
  CHECK(get("{{.Path}} {{.Args}} {{.Config.Entrypoint}} {{.Config.Cmd}}") == "/entry [run now] [/entry] [run now]");
  CHECK(get("{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}") == "67108864 500000000 0");
  CHECK(get("{{.GraphDriver.Data.UpperDir}} {{.SizeRw}} {{.SizeRootFs}}") == "/root/dir/upper 5 7");
  CHECK(get("{{json .HostConfig.CapAdd}}{{json .HostConfig.Binds}}{{json .NetworkSettings.Ports}}") == "nullnull{}");
  CHECK(get("{{.State.StartedAt}}") == "0001-01-01T00:00:00Z");
  CHECK(guessed_entrypoint_words({"sh"}, nullptr) == 0);
  CHECK(guessed_entrypoint_words({"other", "x"}, &image) == 1);
  runtime::Mount bind, volume;
  bind.source = "/a";
  bind.destination = "/b";
  volume.kind = runtime::Mount::Kind::volume;
  volume.volume = "data";
  volume.destination = "/d";
  record.spec.mounts = {bind, volume};  // as an older record has them: by which flag, nobody knows
  auto of_host_config = [&](const char* field) {
    std::string text = std::string("{{json .HostConfig.") + field + "}}";
    return Template(text, {}, style).apply(inspect_container({record, "", &image, {}}));
  };
  CHECK(of_host_config("Binds") == R"(["/a:/b"])");
  CHECK(of_host_config("Mounts") == "null");
  record.spec.mounts[0].flag = runtime::Mount::Flag::mount;
  record.spec.mounts[1].flag = runtime::Mount::Flag::volume;
  CHECK(of_host_config("Binds") == R"(["data:/d"])");
  CHECK(of_host_config("Mounts") == R"([{"Type":"bind","Source":"/a","Target":"/b","ReadOnly":false}])");
  record.container.entrypoint_words = 2;
  CHECK(Template("{{.Config.Entrypoint}} {{.Config.Cmd}}", {}, style).apply(inspect_container({record, "", &image, {}})) ==
        "[/entry run] [now]");
  record.container.started_unix_ns = 1'234'567'890;
  CHECK(Template("{{.State.StartedAt}}", {}, style).apply(inspect_container({record, "", &image, {}})) ==
        "1970-01-01T00:00:01.23456789Z");
}

TEST_CASE("templates may ask inspect for Docker's optional fields, which JSON leaves out") {
  runtime::ContainerRecord record;
  record.container.id = std::string(64, 'a');
  record.spec = runtime::default_spec();
  runtime::Mount mount;
  mount.kind = runtime::Mount::Kind::bind;
  mount.source = "/a";
  record.spec.mounts = {mount};
  Value value = inspect_container({record, "/root/dir", nullptr, {}});
  auto get = [&](const char* text) { return Template(text, {}).apply(value); };
  CHECK(get("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{json .State.Health}}") == "none null");
  CHECK(get("{{with .State.Health}}{{.Status}}{{end}}{{.Config.ExposedPorts}}{{json .Config.ExposedPorts}}") ==
        "map[]null");
  CHECK(get("{{range $p, $_ := .Config.ExposedPorts}}{{$p}}{{end}}{{.Config.Healthcheck}} {{.Config.StopSignal}}|") ==
        "<nil> |");
  CHECK(get("{{.Config.StopTimeout}} {{.Config.Shell}} {{.SizeRw}}") == "<nil> [] <nil>");
  CHECK(get("{{with .HostConfig}}{{.Links}} {{.OomKillDisable}} {{.MemorySwappiness}} {{.DeviceRequests}}{{end}}") ==
        "[] <nil> <nil> []");
  CHECK(get("{{.Config.Labels.nosuch}} {{.NetworkSettings.Networks.foo.IPAddress}}") == "<no value> <no value>");
  CHECK(get("{{range .Mounts}}{{.Name}}|{{.Driver}}|{{.Source}}{{end}}") == "||/a");
  CHECK_THROWS_AS(get("{{.State.Health.Status}}"), Error);
  CHECK_THROWS_AS(get("{{.Config.Nosuch}}"), Error);
  for (const char* key : {"Health", "ExposedPorts", "StopTimeout", "SizeRw", "Shell"}) {
    INFO(key);
    CHECK(value.json().find(std::string("\"") + key + "\":") == std::string::npos);
  }
  record.container.policies.stop_timeout_s = 0;
  CHECK(inspect_container({record, "", nullptr, {}}).json().find(R"("StopTimeout":0)") != std::string::npos);
}

TEST_CASE("so may they of images, which have what the document says") {
  registry::Image image;
  auto get = [&](const char* config, const char* text) {
    return Template(text, {}).apply(inspect_image(image, std::string(R"({"config":)") + config + "}"));
  };
  constexpr const char* text =
      "{{.Config.ExposedPorts}} {{.Config.Healthcheck}} {{.Config.StopSignal}} {{.Config.StopTimeout}} "
      "{{.Config.Shell}} {{.Variant}}|";
  CHECK(get("{}", text) == "map[] <nil>  <nil> [] |");
  CHECK(get("{}", "{{json .Config}}").find("Healthcheck") == std::string::npos);
  constexpr const char* full =
      R"({"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["NONE"]},"StopSignal":"INT","StopTimeout":0,"Shell":["a"]})";
  CHECK(get(full, text) == "map[80/tcp:map[]] {[NONE] 0 0 0 0 0} INT 0 [a] |");
  CHECK(get(full, "{{json .Config.Healthcheck}} {{.Config.Healthcheck.Retries}}") == R"({"Test":["NONE"]} 0)");
  CHECK(get(full, "{{json .Config}}").find(R"("StopTimeout":0,"Shell":["a"])") != std::string::npos);
}

TEST_CASE("JSON becomes a tree in the document's order") {
  CHECK(parse_json(R"({"b":[1,-2,true,null,"x",{}],"a":1.5})", "it").json() ==
        R"({"b":[1,-2,true,null,"x",{}],"a":1.5})");
  CHECK(parse_json("[9223372036854775807,9223372036854775808]", "it").json() ==
        "[9223372036854775807,9.223372036854776e+18]");
  CHECK(parse_json("[-0,-0.0,-0E6,1E6]", "it").json() == "[0,0,0,1000000]");
  CHECK(parse_json(R"({"b":[],"a":{"c":[1]}})", "it").indented_json() ==
        "{\n    \"b\": [],\n    \"a\": {\n        \"c\": [\n            1\n        ]\n    }\n}");
  CHECK_THROWS_AS(parse_json("{", "it"), Error);
  CHECK_THROWS_AS(parse_json(std::string(5000, '['), "it"), Error);
}

TEST_CASE("arguments of cp") {
  CHECK(parse_copy_argument("web:/etc").container == "web");
  CHECK(parse_copy_argument("web:/etc").path == "/etc");
  CHECK(parse_copy_argument("web:").path.empty());
  for (const char* local : {"/a:b", "./a:b", "../a:b", "plain", "-", ":x", "."}) {
    INFO(local);
    CHECK(parse_copy_argument(local).container.empty());
    CHECK(parse_copy_argument(local).path == local);
  }
  CHECK(clean_copy_path("/a//b/../c/.") == "/a/c");
  CHECK(clean_copy_path("/../..") == "/");
  CHECK(specifies_contents("/a/."));
  CHECK_FALSE(specifies_contents("/a/"));
  CHECK_FALSE(specifies_contents("/a."));
  CHECK(asserts_directory("/a/"));
  CHECK(clean_tar_name("./a//b/") == "a/b");
  CHECK_THROWS_AS(clean_tar_name("a/../../b"), Error);
}

TEST_CASE("what cp's paths mean depends on what is there") {
  TemporaryDirectory dir;
  sys::mkdirs(dir.path() + "/root/dir", 0755);
  sys::openat(sys::cwd(), dir.path() + "/root/file", O_WRONLY | O_CREAT, 0644);
  sys::symlinkat("/dir", sys::cwd(), dir.path() + "/root/to-dir");
  sys::symlinkat("/new", sys::cwd(), dir.path() + "/root/to-nothing");
  sys::symlinkat("/../../etc", sys::cwd(), dir.path() + "/root/out");
  sys::symlinkat("loop", sys::cwd(), dir.path() + "/root/loop");
  Fd root = sys::openat(sys::cwd(), dir.path() + "/root", O_PATH | O_DIRECTORY);
  CopySide side{root, "web"};
  CopySource file = find_source(side, "/file", false), tree = find_source(side, "/dir", false);
  CopySource contents = find_source(side, "/dir/.", false);
  CHECK(find_target(side, "/dir", file).path == "/dir/file");
  CHECK(find_target(side, "/new", file).path == "/new");
  CHECK(find_target(side, "/file", file).path == "/file");
  CHECK(find_target(side, "/dir", tree).path == "/dir/dir");
  CHECK(find_target(side, "/new", tree).path == "/new");
  CHECK(find_target(side, "/dir", contents).path == "/dir");
  CHECK(find_target(side, "/dir", contents).top_is_there);
  CHECK(find_target(side, "/to-dir", file).path == "/dir/file");
  CHECK(find_target(side, "/to-nothing", file).path == "/new");
  CHECK_FALSE(find_source(side, "/to-dir", false).directory);
  CHECK(find_source(side, "/to-dir", true).directory);
  CHECK(find_source(side, "/to-dir", true).name == "to-dir");
  CHECK(find_source(side, "/to-dir/", false).directory);
  CHECK(find_source(side, "/", false).contents);
  auto failure = [&](auto look) -> std::string {
    try {
      look();
    } catch (const Error& error) {
      return error.what();
    }
    return "no failure";
  };
  CHECK(failure([&] { find_source(side, "/none", false); }) == "could not find the file /none in container web");
  CHECK(failure([&] { find_source(side, "/file/", false); }) == "web:/file is not a directory");
  CHECK(failure([&] { find_source(side, "/out/passwd", false); }).starts_with("could not find the file"));
  CHECK(failure([&] { find_target(side, "/none/x", file); }) == "could not find the file /none in container web");
  CHECK(failure([&] { find_target(side, "/file", tree); }) == "cannot copy a directory onto the file web:/file");
  CHECK(failure([&] { find_target(side, "/new/", file); }) == "no such directory: web:/new");
  CHECK(failure([&] { find_target(side, "/loop", file); }) == "web:/loop: too many links");
  CHECK(failure([&] { find_target_of_tar(side, "/file"); }) == "destination \"web:/file\" must be a directory");
}
