// The systemd journal, read through libsystemd (sd-journal(3)).
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cstring>

#include "loop/dynamic_library.h"
#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/log_source.h"

namespace ccocker::runtime {
namespace {

constexpr int64_t ns_per_us = 1000;

struct JournalApi {
  decltype(&::sd_journal_open) open;
  decltype(&::sd_journal_close) close;
  decltype(&::sd_journal_add_match) add_match;
  decltype(&::sd_journal_seek_head) seek_head;
  decltype(&::sd_journal_seek_tail) seek_tail;
  decltype(&::sd_journal_seek_realtime_usec) seek_realtime_usec;
  decltype(&::sd_journal_next) next;
  decltype(&::sd_journal_previous_skip) previous_skip;
  decltype(&::sd_journal_get_realtime_usec) get_realtime_usec;
  decltype(&::sd_journal_get_data) get_data;
  decltype(&::sd_journal_get_fd) get_fd;
  decltype(&::sd_journal_get_events) get_events;
  decltype(&::sd_journal_process) process;
};

const JournalApi& journal_api() {
  static const JournalApi api = [] {
    DynamicLibrary library("libsystemd.so.0", "libsystemd0");
    JournalApi bound{};
    auto bind = [&]<typename Function>(Function& function, const char* name) {
      function = library.symbol<Function>(name);
    };
    bind(bound.open, "sd_journal_open");
    bind(bound.close, "sd_journal_close");
    bind(bound.add_match, "sd_journal_add_match");
    bind(bound.seek_head, "sd_journal_seek_head");
    bind(bound.seek_tail, "sd_journal_seek_tail");
    bind(bound.seek_realtime_usec, "sd_journal_seek_realtime_usec");
    bind(bound.next, "sd_journal_next");
    bind(bound.previous_skip, "sd_journal_previous_skip");
    bind(bound.get_realtime_usec, "sd_journal_get_realtime_usec");
    bind(bound.get_data, "sd_journal_get_data");
    bind(bound.get_fd, "sd_journal_get_fd");
    bind(bound.get_events, "sd_journal_get_events");
    bind(bound.process, "sd_journal_process");
    return bound;
  }();
  return api;
}

// sd-journal gives errors as negative numbers.
int require(int result, const char* what) {
  if (result < 0) throw Error::sys(what, "the systemd journal", -result);
  return result;
}

// Asks journald over varlink to write what it was sent before, as `journalctl --sync` does, and waits for its answer. A
// journal that has no such socket, or takes longer, is read as it is.
void synchronize_journal() {
  constexpr timeval longest{2, 0};
  constexpr char call[] = R"({"method":"io.systemd.Journal.Synchronize"})";  // varlink ends a message with a NUL
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  sockaddr_un address{AF_UNIX, "/run/systemd/journal/io.systemd.journal"};
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) return;
  if (::send(socket.get(), call, sizeof call, MSG_NOSIGNAL) < 0) return;
  char answer[256];
  static_cast<void>(sys::retry([&] { return ::recv(socket.get(), answer, sizeof answer, 0); }));
}

class JournalSource final : public LogSource {
 public:
  JournalSource(const std::string& id, const LogQuery& query, TakeLogLine take)
      : api_(journal_api()), query_(query), take_(std::move(take)) {
    synchronize_journal();  // first: a file of the journal that is new is only seen by who opens it later, or watches
    require(api_.open(&journal_, 0), "sd_journal_open");
    std::string match = "CONTAINER_ID_FULL=" + id;
    int result = api_.add_match(journal_, match.data(), match.size());
    if (result < 0) api_.close(journal_);
    require(result, "sd_journal_add_match");
  }
  JournalSource(const JournalSource&) = delete;
  JournalSource& operator=(const JournalSource&) = delete;
  ~JournalSource() override { api_.close(journal_); }

  bool read_all() override {
    bool there = placed_ ? go_on() : go_to_first();
    placed_ = true;
    for (; there; there = go_on())
      if (!give()) return false;
    return true;
  }

  void start_watching() override { require(api_.get_fd(journal_), "sd_journal_get_fd"); }

  Task<void> wait_for_more() override {
    FdView fd(require(api_.get_fd(journal_), "sd_journal_get_fd"));
    co_await io::poll(fd, static_cast<unsigned>(require(api_.get_events(journal_), "sd_journal_get_events")));
    require(api_.process(journal_), "sd_journal_process");
  }

  void settle() override {
    synchronize_journal();
    require(api_.process(journal_), "sd_journal_process");
  }

 private:
  bool go_on() { return require(api_.next(journal_), "sd_journal_next") > 0; }

  // To the first entry wanted; false when there is none yet, and then go_on finds the next.
  bool go_to_first() {
    if (query_.tail) {
      require(api_.seek_tail(journal_), "sd_journal_seek_tail");
      uint64_t count = std::max<uint64_t>(*query_.tail, 1);
      if (require(api_.previous_skip(journal_, count), "sd_journal_previous_skip") > 0)
        return *query_.tail > 0 || go_on();
    }
    if (query_.since_unix_ns && !query_.tail && *query_.since_unix_ns > 0) {
      auto since_us = static_cast<uint64_t>(*query_.since_unix_ns / ns_per_us);
      require(api_.seek_realtime_usec(journal_, since_us), "sd_journal_seek_realtime_usec");
    } else {
      require(api_.seek_head(journal_), "sd_journal_seek_head");
    }
    return go_on();
  }

  // False when it is later than --until.
  bool give() {
    uint64_t time_us = 0;
    require(api_.get_realtime_usec(journal_, &time_us), "sd_journal_get_realtime_usec");
    LogLine line;
    line.time_unix_ns = static_cast<int64_t>(time_us) * ns_per_us;
    if (query_.since_unix_ns && line.time_unix_ns < *query_.since_unix_ns) return true;
    if (query_.until_unix_ns && line.time_unix_ns > *query_.until_unix_ns) return false;
    std::optional<std::string_view> text = field("MESSAGE");
    if (!text) return true;
    line.text = *text;
    if (field("CONTAINER_PARTIAL_MESSAGE") != "true") line.text += '\n';
    if (field("PRIORITY") == "3") line.stream = OutputStream::err;
    take_(line);
    return true;
  }

  // Valid until the next one is asked for.
  std::optional<std::string_view> field(const char* name) {
    const void* data = nullptr;
    size_t size = 0;
    if (api_.get_data(journal_, name, &data, &size) < 0) return std::nullopt;
    std::string_view text(static_cast<const char*>(data), size);
    text.remove_prefix(std::min(size, std::strlen(name) + 1));
    return text;
  }

  const JournalApi& api_;
  sd_journal* journal_ = nullptr;
  LogQuery query_;
  TakeLogLine take_;
  bool placed_ = false;
};

}  // namespace

std::unique_ptr<LogSource> open_journal_source(const std::string& id, const LogQuery& query, TakeLogLine take) {
  return std::make_unique<JournalSource>(id, query, std::move(take));
}

}  // namespace ccocker::runtime
