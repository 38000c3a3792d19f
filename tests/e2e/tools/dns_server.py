"""A small name server on port 53 of the addresses given: www.example.test is 203.0.113.7, long.example.test has a hundred
addresses (by UDP only the truncation flag), all else is NXDOMAIN. An address with "=CODE" behind it answers that code to
everything (2 SERVFAIL, 5 REFUSED), one with "=silent" nothing."""
import socket, struct, sys, threading


def answer(message, tcp, code):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode().lower())
        at += 1 + message[at]
    question = message[12:at + 5]
    kind = struct.unpack(">H", message[at + 1:at + 3])[0]
    name = ".".join(labels)
    if code: return message[:2] + struct.pack(">HHHHH", 0x8180 | int(code), 1, 0, 0, 0) + question
    known = name in ("www.example.test", "long.example.test")
    count = {"www.example.test": 1, "long.example.test": 100}.get(name, 0) if kind == 1 else 0
    flags = 0x8180 | (0 if known else 3)
    if count > 10 and not tcp:
        return message[:2] + struct.pack(">HHHHH", flags | 0x0200, 1, 0, 0, 0) + question
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([203, 0, 113, 7 + i]) for i in range(count))
    return message[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + records


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve_udp(address, code):
    sock = socket.socket(family(address), socket.SOCK_DGRAM)
    sock.bind((address, 53))
    while True:
        message, peer = sock.recvfrom(4096)
        if code != "silent": sock.sendto(answer(message, False, code), peer)


def serve_tcp(address, code):
    listener = socket.create_server((address, 53), family=family(address))
    while True:
        client, _ = listener.accept()
        with client:
            size = struct.unpack(">H", client.recv(2))[0]
            reply = answer(client.recv(size), True, code)
            client.sendall(struct.pack(">H", len(reply)) + reply)


servers = [argument.partition("=")[::2] for argument in sys.argv[1:]]
threads = [threading.Thread(target=serve, args=server) for server in servers for serve in (serve_udp, serve_tcp)]
for thread in threads: thread.start()
for thread in threads: thread.join()
