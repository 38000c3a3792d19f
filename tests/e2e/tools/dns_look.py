"""dns_look.py SERVER NAME TYPE [OTHERS]: asks once by UDP and prints the code, the number of answers, the TTL of the first and
the minimum of an SOA among the authorities. OTHERS is how many questions for other names go out before, from as many
sockets, whose answers nobody waits for."""
import socket, struct, sys

server, name, kind = sys.argv[1], sys.argv[2], int(sys.argv[3])


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def connected():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))
    return sock


others = []
for i in range(int(sys.argv[4]) if len(sys.argv) > 4 else 0):
    others.append(connected())
    others[-1].send(question(f"other{i}.example.test", 1))
sock = connected()
asked = question(name, kind)
# The others may have filled the server's queue; they are pending for at least four seconds.
for wait in [1] * 10 if others else [20]:
    sock.settimeout(wait)
    sock.send(asked)
    try:
        answer = sock.recv(65535)
        break
    except TimeoutError:
        answer = None
if answer is None: sys.exit("no answer")
answers, authorities = struct.unpack(">HH", answer[6:10])
rest = answer[len(asked):]  # records begin with a pointer to the name
ttl = struct.unpack(">I", rest[6:10])[0] if answers else "-"
minimum = struct.unpack(">I", rest[12:12 + struct.unpack(">H", rest[10:12])[0]][-4:])[0] if authorities and not answers else "-"
print(f"code {answer[3] & 15}, answers {answers}, ttl {ttl}, minimum {minimum}")
