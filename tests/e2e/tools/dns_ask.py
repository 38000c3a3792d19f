"""dns_ask.py SERVER NAME: asks for A records by UDP and by TCP and prints how many came back."""
import socket, struct, sys

server, name = sys.argv[1:3]
question = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0\0\1\0\1"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout(5)
udp.connect((server, 53))
udp.send(question)
first = udp.recv(65535)
tcp = socket.create_connection((server, 53), timeout=5)
tcp.sendall(struct.pack(">H", len(question)) + question)
size = struct.unpack(">H", tcp.recv(2))[0]
second = b""
while len(second) < size: second += tcp.recv(size - len(second))
print("udp", "truncated" if first[2] & 2 else "whole", f"{struct.unpack('>H', first[6:8])[0]},", "tcp", struct.unpack(">H", second[6:8])[0])
