#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "cli/command.h"
#include "cli/cp_paths.h"
#include "cli/cp_tar.h"
#include "cli/output.h"
#include "cli/size.h"
#include "cli/terminal.h"
#include "loop/sys.h"
#include "registry/tree_writer.h"
#include "runtime/container.h"
#include "runtime/copy/container_place.h"
#include "runtime/copy/tree_sink.h"

namespace ccocker::cli {
namespace {

constexpr FdView standard_input(STDIN_FILENO), standard_output(STDOUT_FILENO);

struct CopyOptions {
  bool keep_owner, follow;
};

// Local paths are absolute from here on; what they end in is kept, since it says something.
std::string absolute_path(const CopyArgument& argument) {
  if (argument.path.starts_with('/')) return argument.path;
  if (!argument.container.empty()) return "/" + argument.path;
  char* cwd = ::get_current_dir_name();
  if (!cwd) throw Error::sys("getcwd");
  std::string path = std::string(cwd) + "/" + argument.path;
  std::free(cwd);
  return path;
}

uint64_t copy_out_as_tar(const runtime::ContainerPlace& place, const std::string& path, bool follow) {
  CopySide side{place.root(), place.name()};
  CopySource source = find_source(side, path, follow);
  TarSink sink(standard_output, source.contents ? "." : source.name);
  runtime::copy_tree(source.object, place.kernel_directories(), sink);
  return sink.content_bytes();
}

uint64_t copy_in_from_tar(const runtime::ContainerPlace& place, const std::string& path) {
  CopySide side{place.root(), place.name()};
  CopyTarget target = find_target_of_tar(side, path);
  runtime::TreeSink sink(side.root, target.path, {std::nullopt, true, place.name() + ":"});
  TarEntries entries(sink);
  registry::read_tar_stream(standard_input, entries);
  sink.finish();
  return sink.content_bytes();
}

uint64_t copy_between(const CopySide& from, const std::string& source_path, const CopySide& to,
                      const std::string& target_path, const runtime::SkippedDirectories& skipped,
                      const CopyOptions& options) {
  CopySource source = find_source(from, source_path, options.follow);
  CopyTarget target = find_target(to, target_path, source);
  runtime::TreeSinkOptions sink_options{.owner = {}, .top_is_there = target.top_is_there, .label = {}};
  if (!to.container.empty()) sink_options.label = to.container + ":";
  // As Docker: what comes out belongs to who asked for it, what goes in keeps its numbers.
  if (to.container.empty() && !options.keep_owner) sink_options.owner = runtime::Owner{::geteuid(), ::getegid()};
  runtime::TreeSink sink(to.root, target.path, std::move(sink_options));
  runtime::copy_tree(source.object, skipped, sink);
  return sink.content_bytes();
}

void check_arguments(const CopyArgument& from, const CopyArgument& to) {
  if (!from.container.empty() && !to.container.empty())
    throw Error(Errc::invalid, "copying between containers is not supported");
  if (from.container.empty() && to.container.empty())
    throw Error(Errc::invalid, "must specify at least one container source: CONTAINER:PATH");
  if (from.path.empty() || to.path.empty()) throw Error(Errc::invalid, "the path of a copy cannot be empty");
}

uint64_t copy_with(const runtime::ContainerPlace& place, const CopyArgument& from, const CopyArgument& to,
                   const CopyOptions& options) {
  bool out = !from.container.empty();
  const CopyArgument& local = out ? to : from;
  std::string source = absolute_path(from), target = absolute_path(to);
  if (local.path == "-") return out ? copy_out_as_tar(place, source, options.follow) : copy_in_from_tar(place, target);
  Fd host_root = sys::openat(sys::cwd(), "/", O_PATH | O_DIRECTORY);
  CopySide host{host_root, ""}, inside{place.root(), place.name()};
  return out ? copy_between(inside, source, host, target, place.kernel_directories(), options)
             : copy_between(host, source, inside, target, {}, options);
}

uint64_t copy(runtime::Containers& containers, const CopyArgument& from, const CopyArgument& to,
              const CopyOptions& options) {
  runtime::ContainerPlace place(containers, from.container.empty() ? to.container : from.container);
  try {
    return copy_with(place, from, to, options);
  } catch (const Error& error) {
    if (error.errno_value() != EROFS || to.container.empty() || !place.is_read_only()) throw;
    throw Error(Errc::denied, fmt::format("container rootfs is marked read-only: {}; copy into one of its volumes, or "
                                          "make the container without --read-only",
                                          error.text()));
  }
}

}  // namespace

std::span<const Option> cp_options() {
  static constexpr Option options[] = {
      {"archive", 'a', Takes::nothing, "", "Keep user and group of what is copied out"},
      {"follow-link", 'L', Takes::nothing, "", "Copy what a link at the source points to"},
      {"quiet", 'q', Takes::nothing, "", "Do not say what was copied"},
  };
  return options;
}

int cp_command(const Context& context, Parsed& line) {
  CopyArgument from = parse_copy_argument(line.words[0]), to = parse_copy_argument(line.words[1]);
  check_arguments(from, to);
  runtime::Containers containers(context.root, context.state);
  registry::ZeroUmask umask;
  uint64_t bytes = copy(containers, from, to, {line.flags.on("archive"), line.flags.on("follow-link")});
  bool quiet = line.flags.has("quiet") ? line.flags.on("quiet") : !is_terminal(Stream::out);
  if (!quiet && to.path != "-")
    print_error(fmt::format("Successfully copied {} to {}\n", human_size(bytes), line.words[1]));
  return 0;
}

}  // namespace ccocker::cli
