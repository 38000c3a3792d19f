// fuzzes: runtime/net/dns_message runtime/net/address loop/error
#include <cstdlib>

#include "runtime/net/dns_message.h"

using namespace ccocker::runtime;

// What a question is read as, its answer repeats; and nothing outside the message is read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  DnsBytes message(data, size);
  std::optional<DnsQuestion> question = parse_dns_question(message);
  if (!question) return 0;
  DnsAnswer answer{dns_no_error, {Address::v4(0x0a000001)}, question->type == dns_ptr ? "web" : ""};
  std::vector<uint8_t> made = make_dns_answer(*question, answer, question->udp_bytes_max);
  if (made.size() > question->udp_bytes_max && made.size() > 12 + question->raw_question.size()) std::abort();
  if (!answers_dns_question(made, question->id, *question)) std::abort();
  std::vector<uint8_t> none = make_dns_answer(*question, {}, dns_message_bytes_max);
  if (!answers_dns_question(none, question->id, *question) || dns_answer_code(none) != dns_no_error) std::abort();
  address_of_pointer_name(question->name);
  return 0;
}
