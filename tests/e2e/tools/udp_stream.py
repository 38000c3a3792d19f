"""udp_stream.py HOST PORT: one socket that sends every tenth of a second, and prints each answer that differs from the one
before."""
import socket, sys, time

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(0.1)
last = b""
while True:
    begin = time.monotonic()
    try:
        sock.sendto(b"hello", (sys.argv[1], int(sys.argv[2])))
        answer = sock.recv(100)
        if answer != last: print(answer.decode(), flush=True)
        last = answer
    except OSError:
        pass
    time.sleep(max(0, begin + 0.1 - time.monotonic()))
