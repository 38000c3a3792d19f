#include "cli/accepted_flags.h"
#include "cli/command.h"
#include "cli/fetch.h"
#include "cli/limit_flags.h"
#include "cli/output.h"
#include "runtime/descriptor_limit.h"

namespace ccocker::cli {
namespace {

constexpr int64_t downloads_most = 64;

registry::PullOptions read_options(const Flags& flags) {
  registry::PullOptions out;
  if (flags.has("platform")) out.platform = registry::parse_platform(flags.text("platform"));
  if (flags.has("downloads")) {
    out.downloads_max = static_cast<unsigned>(parse_integer("downloads", flags.text("downloads"), 1, downloads_most));
  }
  out.insecure_registries = flags.list("insecure-registry");
  out.ca_file = flags.text("ca-file");
  return out;
}

void print_outcome(const registry::PullOutcome& outcome, bool quiet) {
  if (!quiet) print(outcome_lines(outcome));
  print(outcome.reference.full() + "\n");
}

// What is here goes to standard output; then each failure is told. Gives the exit code.
int report(const std::vector<registry::PullOutcome>& outcomes, bool quiet) {
  for (const registry::PullOutcome& outcome : outcomes)
    if (!outcome.failure) print_outcome(outcome, quiet);
  finish_output();
  int code = 0;
  for (const registry::PullOutcome& outcome : outcomes) {
    if (!outcome.failure) continue;
    code = exit_command_failure;
    if (outcome.failure->code() != Errc::cancelled) complain(outcome.failure->what());
  }
  return code;
}

}  // namespace

std::span<const Option> pull_options() {
  static constexpr Option options[] = {
      {"ca-file", 0, Takes::text, "FILE", "Trust the certificates in this PEM file too"},
      {"disable-content-trust", 0, Takes::nothing, "", "Check no signatures (the default, and all there is)"},
      {"downloads", 0, Takes::text, "N", "How many layers are fetched at once (default 6)"},
      {"insecure-registry", 0, Takes::list, "HOST[:PORT]", "Reach this registry by plain HTTP or unverified TLS"},
      {"platform", 0, Takes::text, "OS/ARCH[/VARIANT]", "Which platform's image to take"},
      {"quiet", 'q', Takes::nothing, "", "Print only the names of the images"},
      {"all-tags", 'a', Takes::nothing, "", "", nullptr, "pulling all tags of a name comes with a later version"},
  };
  return options;
}

int pull_command(const Context& context, Parsed& line) {
  check_content_trust(line.flags);
  bool quiet = line.flags.on("quiet");
  registry::PullOptions options = read_options(line.flags);
  std::vector<registry::Reference> references;
  for (const std::string& word : line.words) references.push_back(registry::parse_reference(word));
  runtime::raise_descriptor_limit();  // each layer that is kept from being removed costs one
  registry::Store store(context.root);
  Loop loop;
  return report(fetch(context, loop, store, references, options, quiet), quiet);
}

}  // namespace ccocker::cli
