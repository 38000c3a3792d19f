#include "cli/progress.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "cli/progress_view.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "loop/io.h"

namespace ccocker::cli {
namespace {

constexpr auto frame_interval = std::chrono::milliseconds(100);

class QuietProgress final : public Progress {
 public:
  Task<void> animate() override { co_return; }
};

class PlainProgress final : public Progress {
 public:
  void image_resolved(const registry::Reference& image, const std::vector<registry::Digest>& layers) override {
    view_.resolved(image, layers);
    print_error(pulling_line(image));
  }
  void layer_progress(const registry::Digest& layer, registry::LayerState state, uint64_t done,
                      uint64_t total) override {
    if (!view_.progress(layer, state, done, total)) return;
    std::string line = view_.plain_line(layer);
    if (!line.empty()) print_error(line + "\n");
  }
  void note(const std::string& line) override { print_error(printable(line) + "\n"); }
  Task<void> animate() override { co_return; }

 private:
  ProgressView view_;
};

// Draws a block of lines again and again in place: one write(2) a frame, so that nothing flickers. The cursor rests on
// the line below the block and is never hidden: a killed ccocker leaves a sane terminal.
class BarProgress final : public Progress {
 public:
  void image_resolved(const registry::Reference& image, const std::vector<registry::Digest>& layers) override {
    view_.resolved(image, layers);
    above_ += pulling_line(image);
  }
  void layer_progress(const registry::Digest& layer, registry::LayerState state, uint64_t done,
                      uint64_t total) override {
    view_.progress(layer, state, done, total);
  }
  void note(const std::string& line) override { above_ += printable(line) + "\n"; }

  Task<void> animate() override {
    while (true) {
      draw();
      co_await io::sleep(frame_interval);
    }
  }
  void finish() override { draw(); }

 private:
  void draw() {
    WindowSize window = error_window();
    std::vector<std::string> lines = view_.frame(window.columns - 1, window.rows - 1, std::chrono::steady_clock::now());
    std::string out = "\r";
    if (size_t up = rows_drawn(window.columns); up > 0) out += fmt::format("\x1b[{}A", up);
    if (!above_.empty()) out += "\x1b[J" + std::exchange(above_, {});
    for (const std::string& line : lines) out += line + "\x1b[K\n";
    out += "\x1b[J";
    drawn_ = std::move(lines);
    print_error(out);
  }

  // How many rows the last frame takes now: a window that became narrower has wrapped its lines.
  size_t rows_drawn(size_t window_columns) const {
    size_t rows = 0;
    for (const std::string& line : drawn_)
      rows += std::max<size_t>(1, (columns(line) + window_columns - 1) / window_columns);
    return rows;
  }

  ProgressView view_;
  std::string above_;  // lines that scroll away above the block
  std::vector<std::string> drawn_;
};

}  // namespace

std::string pulling_line(const registry::Reference& image) {
  std::string which = image.tag.empty() ? image.digest.str() : image.tag;
  std::string name = image.familiar_name();
  return printable(fmt::format("{}: Pulling from {}", which, name)) + "\n";
}

std::unique_ptr<Progress> make_progress(bool quiet) {
  if (quiet) return std::make_unique<QuietProgress>();
  if (can_animate()) return std::make_unique<BarProgress>();
  return std::make_unique<PlainProgress>();
}

}  // namespace ccocker::cli
