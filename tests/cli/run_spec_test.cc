#include "cli/run_spec.h"

#include "catch.h"
#include "cli/command.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

using Strings = std::vector<std::string>;

Host test_host() {
  Host host;
  host.env = [](const std::string& name) {
    return name == "LANG" ? std::optional<std::string>("C.UTF-8") : std::nullopt;
  };
  host.cwd = "/home/me";
  host.cpus = 2;
  host.read_file = [](const std::string&, const std::string& path) -> std::string {
    if (path == "p.json") return R"({"defaultAction":"SCMP_ACT_ALLOW"})";
    return path == "labels" ? "a=1\n# note\nb\n" : "FROM_FILE=1\nBOTH=file\n";
  };
  return host;
}

RunFlags parse(std::vector<const char*> arguments) {
  return parse_run_flags(parse_options(cli::run_options(), arguments, true, "ccocker run").flags, test_host());
}

registry::Image image() {
  registry::Image out;
  out.config.entrypoint = {"/entry"};
  out.config.cmd = {"serve"};
  out.config.env = {"PATH=/bin", "BOTH=image"};
  out.config.user = "www";
  out.config.working_dir = "srv/app";
  out.layer_paths = {"/l/1", "/l/2"};
  return out;
}

}  // namespace

TEST_CASE("entrypoint and command combine as Docker combines them") {
  registry::ImageConfig config = image().config;
  CHECK(command_line({}, {}, config) == Strings{"/entry", "serve"});
  CHECK(command_line({}, {"x", "y"}, config) == Strings{"/entry", "x", "y"});
  CHECK(command_line("/bin/sh", {}, config) == Strings{"/bin/sh"});
  CHECK(command_line("/bin/sh", {"-c", "id"}, config) == Strings{"/bin/sh", "-c", "id"});
  CHECK(command_line("", {"id"}, config) == Strings{"id"});
  CHECK(command_line("", {}, config).empty());
}

TEST_CASE("the image fills what the flags leave open") {
  runtime::Spec spec = complete_spec(parse({}), {}, image(), "app");
  CHECK(spec.process.args == Strings{"/entry", "serve"});
  CHECK(spec.process.user == "www");
  CHECK(spec.process.cwd == "/srv/app");
  CHECK(spec.process.env == Strings{"PATH=/bin", "BOTH=image"});
  CHECK(spec.lower_dirs == Strings{"/l/1", "/l/2"});
  CHECK(spec.network == runtime::NetworkMode::bridge);
  REQUIRE(spec.networks.size() == 1);
  CHECK(spec.networks[0].network == "bridge");
}

TEST_CASE("flags win over the image") {
  RunFlags flags = parse({"-u", "7:8", "-w", "/x/../y", "--env-file", "f", "-e", "BOTH=flag", "-e", "LANG", "-e",
                          "NONE", "-t", "-h", "box"});
  runtime::Spec spec = complete_spec(flags, {"id"}, image(), "app");
  CHECK(spec.process.user == "7:8");
  CHECK(spec.process.cwd == "/y");
  CHECK(spec.process.env ==
        Strings{"PATH=/bin", "HOSTNAME=box", "TERM=xterm", "FROM_FILE=1", "BOTH=flag", "LANG=C.UTF-8", "NONE"});
  CHECK(spec.process.terminal);
}

TEST_CASE("an image without a command needs one behind it") {
  registry::Image bare;
  CHECK_THROWS_AS(complete_spec(parse({}), {}, bare, "bare"), Error);
  CHECK(complete_spec(parse({}), {"id"}, bare, "bare").process.cwd == "/");
}

TEST_CASE("a WorkingDir with dots cannot leave the root") {
  registry::Image hostile = image();
  hostile.config.working_dir = "../../etc";
  CHECK(complete_spec(parse({}), {}, hostile, "x").process.cwd == "/etc");
}

TEST_CASE("labels come from files first, then from flags") {
  RunFlags flags = parse({"-l", "b=2", "--label-file", "labels", "--label", "c"});
  CHECK(flags.labels == std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", ""}});
}

TEST_CASE("privileged takes the filter and the masks off, unless a profile was asked for") {
  RunFlags flags = parse({"--privileged"});
  CHECK(flags.spec.privileged);
  CHECK(flags.spec.seccomp.kind == runtime::Seccomp::Kind::unconfined);
  CHECK(flags.spec.masked_paths.empty());
  CHECK(parse({"--privileged", "--security-opt", "seccomp=p.json"}).spec.seccomp.kind == runtime::Seccomp::Kind::file);
}

TEST_CASE("capabilities are added and dropped") {
  constexpr uint64_t net_admin = uint64_t{1} << 12, chown = 1;
  uint64_t mask = parse({"--cap-add", "NET_ADMIN", "--cap-drop", "CAP_CHOWN"}).spec.process.capabilities;
  CHECK((mask & net_admin));
  CHECK_FALSE((mask & chown));
  CHECK(parse({"--cap-drop", "ALL"}).spec.process.capabilities == 0);
  CHECK_THROWS_AS(parse({"--cap-add", "FLY"}), Error);
}

TEST_CASE("two mounts cannot have one target, and only -v makes its source") {
  CHECK_THROWS_AS(parse({"-v", "/a:/x", "--tmpfs", "/x/"}), Error);
  RunFlags flags = parse({"-v", "./a:/x", "--mount", "type=bind,src=/b,dst=/y"});
  CHECK(flags.sources_to_create == Strings{"/home/me/a"});
  CHECK(flags.spec.mounts.size() == 2);
}

TEST_CASE("numbers have ranges and names have forms") {
  CHECK(parse({"--oom-score-adj", "-500"}).spec.process.oom_score_adj == -500);
  CHECK_THROWS_AS(parse({"--oom-score-adj", "1001"}), Error);
  CHECK_THROWS_AS(parse({"--shm-size", "0"}), Error);
  CHECK(parse({"--shm-size", "1g"}).spec.shm_size_bytes == 1u << 30);
  CHECK_THROWS_AS(parse({"-w", "relative"}), Error);
  CHECK_THROWS_AS(parse({"--stop-signal", "NOPE"}), Error);
  CHECK(parse_container_name("a.b-c_1") == "a.b-c_1");
  for (const char* name : {"", "a", "-ab", "a b", "a/b", "../x"}) CHECK_THROWS_AS(parse_container_name(name), Error);
}

TEST_CASE("the stop signal is the flag's, otherwise the image's") {
  registry::Image nginx = image();
  nginx.config.stop_signal = "SIGQUIT";
  CHECK(complete_spec(parse({}), {}, nginx, "nginx").stop_signal == "SIGQUIT");
  CHECK(complete_spec(parse({"--stop-signal", "INT"}), {}, nginx, "nginx").stop_signal == "INT");
}

TEST_CASE("words that Docker takes are taken, or refused with a reason") {
  CHECK(parse({"-c", "512"}).spec.resources.cpu_shares == 512);
  for (const char* word : {"private", "shareable", ""}) CHECK_FALSE(parse({"--ipc", word}).spec.shared.host_ipc);
  CHECK_THROWS_AS(parse({"--ipc", "none"}), Error);
  CHECK_THROWS_WITH(parse({"--memory-swappiness", "0"}), Catch::Contains("--memory-swap limits"));
  CHECK_THROWS_WITH(parse({"--oom-kill-disable"}), Catch::Contains("--oom-score-adj"));
  CHECK_THROWS_WITH(parse({"--runtime", "runc"}), Catch::Contains("ccocker is the runtime"));
}
