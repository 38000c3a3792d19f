#include "runtime/cgroup/device_filter.h"

#include <fmt/format.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/syscalls.h"

namespace ccocker::runtime {
namespace {

constexpr int load_tries_max = 100;
constexpr uint32_t all_access = device_mknod | device_read | device_write;

// Registers of the program: the kernel gives the context in r1.
enum : uint8_t {
  verdict = BPF_REG_0,
  context = BPF_REG_1,
  type = BPF_REG_2,
  access = BPF_REG_3,
  major_number = BPF_REG_4,
  minor_number = BPF_REG_5,
  wanted = BPF_REG_6
};

bpf_insn instruction(int code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  bpf_insn insn{};
  insn.code = static_cast<uint8_t>(code);
  insn.dst_reg = to & 0xf;
  insn.src_reg = from & 0xf;
  insn.off = offset;
  insn.imm = value;
  return insn;
}

bpf_insn load(uint8_t to, size_t field) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, context, static_cast<int16_t>(field), 0);
}
bpf_insn move(uint8_t to, int32_t value) { return instruction(BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, value); }
bpf_insn copy(uint8_t to, uint8_t from) { return instruction(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0); }
bpf_insn bit_and(uint8_t to, uint32_t mask) {
  return instruction(BPF_ALU | BPF_AND | BPF_K, to, 0, 0, static_cast<int32_t>(mask));
}
bpf_insn shift_right(uint8_t to, int32_t bits) { return instruction(BPF_ALU | BPF_RSH | BPF_K, to, 0, 0, bits); }
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
// Jumps behind the rule when the register differs; how far is put in when the rule is whole.
bpf_insn skip_unless(uint8_t reg, uint32_t value) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, static_cast<int32_t>(value));
}

// "When type, numbers and access fit, allow": each condition jumps behind what is left of the rule.
void append_rule(std::vector<bpf_insn>& program, const DeviceRule& rule) {
  std::vector<bpf_insn> body;
  body.push_back(skip_unless(type, rule.block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
  if (rule.major_number != any_number) body.push_back(skip_unless(major_number, rule.major_number));
  if (rule.minor_number != any_number) body.push_back(skip_unless(minor_number, rule.minor_number));
  body.push_back(copy(wanted, access));
  body.push_back(bit_and(wanted, ~rule.access & all_access));  // what is wanted beyond what is allowed
  body.push_back(skip_unless(wanted, 0));
  body.push_back(leave());
  for (size_t i = 0; i < body.size(); ++i)
    if (body[i].code == (BPF_JMP32 | BPF_JNE | BPF_K)) body[i].off = static_cast<int16_t>(body.size() - 1 - i);
  program.insert(program.end(), body.begin(), body.end());
}

std::vector<bpf_insn> build(const std::vector<DeviceRule>& extra) {
  std::vector<bpf_insn> program = {
      load(type, offsetof(bpf_cgroup_dev_ctx, access_type)),
      copy(access, type),
      bit_and(type, 0xffff),
      shift_right(access, 16),
      load(major_number, offsetof(bpf_cgroup_dev_ctx, major)),
      load(minor_number, offsetof(bpf_cgroup_dev_ctx, minor)),
      move(verdict, 1),
  };
  for (const DeviceRule& rule : default_device_rules()) append_rule(program, rule);
  for (const DeviceRule& rule : extra) append_rule(program, rule);
  program.push_back(move(verdict, 0));
  program.push_back(leave());
  return program;
}

[[noreturn]] void refuse(std::string_view call, long negative_errno) {
  throw Error(
      Errc::unsupported,
      fmt::format("cannot keep the container from the host's devices: {}: {}; the kernel needs CONFIG_CGROUP_BPF "
                  "and ccocker CAP_SYS_ADMIN or CAP_BPF",
                  call, errno_text(static_cast<int>(-negative_errno))));
}

Fd load_program(const std::vector<bpf_insn>& program) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attr.insns = reinterpret_cast<uint64_t>(program.data());
  attr.insn_cnt = static_cast<uint32_t>(program.size());
  attr.license = reinterpret_cast<uint64_t>("Apache-2.0");
  std::memcpy(attr.prog_name, "ccocker_devices", sizeof attr.prog_name);
  // The verifier gives up with EAGAIN when the task has work to do, as a ring's completions are.
  long fd = -EAGAIN;
  for (int tries = 0; fd == -EAGAIN && tries < load_tries_max; ++tries)
    fd = raw::call<SYS_bpf>(BPF_PROG_LOAD, &attr, sizeof attr);
  if (fd < 0) refuse("bpf BPF_PROG_LOAD", fd);
  return Fd(static_cast<int>(fd));  // the kernel sets O_CLOEXEC
}

std::string v1_line(const DeviceRule& rule) {
  auto number = [](uint32_t value) { return value == any_number ? std::string("*") : std::to_string(value); };
  return fmt::format("{} {}:{} {}{}{}", rule.block ? 'b' : 'c', number(rule.major_number), number(rule.minor_number),
                     rule.access & device_read ? "r" : "", rule.access & device_write ? "w" : "",
                     rule.access & device_mknod ? "m" : "");
}

}  // namespace

const std::vector<DeviceRule>& default_device_rules() {
  static const std::vector<DeviceRule> rules = {
      {false, any_number, any_number, device_mknod},
      {true, any_number, any_number, device_mknod},
      {false, 1, 3, all_access},             // null
      {false, 1, 5, all_access},             // zero
      {false, 1, 7, all_access},             // full
      {false, 1, 8, all_access},             // random
      {false, 1, 9, all_access},             // urandom
      {false, 5, 0, all_access},             // tty
      {false, 5, 1, all_access},             // console
      {false, 5, 2, all_access},             // ptmx
      {false, 136, any_number, all_access},  // pts/*
  };
  return rules;
}

void attach_device_filter(FdView v2_group, const std::vector<DeviceRule>& extra) {
  Fd program = load_program(build(extra));
  bpf_attr attr;
  std::memset(&attr, 0, sizeof attr);
  attr.target_fd = static_cast<uint32_t>(v2_group.get());
  attr.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attr.attach_type = BPF_CGROUP_DEVICE;
  attr.attach_flags = BPF_F_ALLOW_MULTI;  // a nested runtime may narrow it further
  long result = raw::call<SYS_bpf>(BPF_PROG_ATTACH, &attr, sizeof attr);
  if (result < 0) refuse("bpf BPF_PROG_ATTACH", result);
}

void write_v1_device_rules(FdView v1_group, const std::vector<DeviceRule>& extra) {
  sys::write_kernel_file(v1_group, "devices.deny", "a");
  for (const DeviceRule& rule : default_device_rules())
    sys::write_kernel_file(v1_group, "devices.allow", v1_line(rule));
  for (const DeviceRule& rule : extra) sys::write_kernel_file(v1_group, "devices.allow", v1_line(rule));
}

}  // namespace ccocker::runtime
