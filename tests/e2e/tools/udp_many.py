"""udp_many.py HOST PORT COUNT: that many clients, one after another, each with a socket of its own that stays open; prints how
many were answered at their first or second try."""
import socket, sys

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
answered, sockets = 0, []
for _ in range(count):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(3)
    sock.connect((host, port))
    sockets.append(sock)
    for _ in range(2):
        sock.send(b"hello")
        try:
            sock.recv(100)
        except OSError:
            continue
        answered += 1
        break
    if len(sockets) - answered > 3: break  # it is clear by now
print(f"{answered} of {count} answered")
