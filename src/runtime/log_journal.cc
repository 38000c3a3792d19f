// The systemd journal's native protocol (systemd's docs/JOURNAL_NATIVE_PROTOCOL.md): one datagram an entry, fields as
// NAME=value lines, or NAME, a newline, a length of 8 bytes and the bytes where a value may hold a newline.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "loop/sys.h"
#include "runtime/log_writer.h"

namespace ccocker::runtime {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

sockaddr_un journal_address() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, journal_socket, sizeof address.sun_path - 1);
  return address;
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

class JournalLog final : public LogWriter {
 public:
  JournalLog(Fd socket, const LogSubject& subject)
      : socket_(std::move(socket)),
        fields_(fmt::format("SYSLOG_IDENTIFIER={0}\nCONTAINER_ID={0}\nCONTAINER_ID_FULL={1}\nCONTAINER_NAME={2}\n"
                            "CONTAINER_TAG={0}\nIMAGE_NAME={3}\n",
                            subject.id.substr(0, 12), subject.id, one_line(subject.name), one_line(subject.image))) {}
  ~JournalLog() override { JournalLog::finish(); }

  void take(OutputStream stream, std::span<const std::byte> bytes) override {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    cutters_[static_cast<size_t>(stream)].cut(text, [&](std::string_view line) { send(stream, line, true); });
  }

  void finish() override {
    for (OutputStream stream : {OutputStream::out, OutputStream::err})
      cutters_[static_cast<size_t>(stream)].finish([&](std::string_view line) { send(stream, line, false); });
  }

 private:
  // A journal that is full of work or gone loses the entry: the container does not wait for it.
  void send(OutputStream stream, std::string_view line, bool more_may_follow) {
    bool partial = more_may_follow && !line.ends_with('\n');
    if (line.ends_with('\n')) line.remove_suffix(1);
    std::string entry = fields_;
    entry += stream == OutputStream::out ? "PRIORITY=6\n" : "PRIORITY=3\n";
    if (partial) entry += "CONTAINER_PARTIAL_MESSAGE=true\n";
    entry += "MESSAGE\n";
    uint64_t bytes = line.size();  // little-endian, as the protocol wants and the machines of this build have
    for (int i = 0; i < 8; ++i) entry += static_cast<char>(bytes >> (8 * i) & 0xff);
    entry += line;
    entry += '\n';
    sockaddr_un address = journal_address();
    static_cast<void>(::sendto(socket_.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), sizeof address));
  }

  Fd socket_;
  std::string fields_;
  LineCutter cutters_[2];
};

}  // namespace

bool has_journal() { return sys::exists(journal_socket); }

std::unique_ptr<LogWriter> open_journal(const LogSubject& subject) {
  if (!has_journal())
    throw Error(Errc::unsupported,
                "--log-driver journald: this machine has no systemd journal (no /run/systemd/journal/socket); use "
                "json-file");
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) throw Error::sys("socket", "AF_UNIX");
  return std::make_unique<JournalLog>(std::move(socket), subject);
}

}  // namespace ccocker::runtime
