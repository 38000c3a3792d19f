"""udp_echo.py PORT [WORD]: answers each datagram with what it said, who sent it, and the word."""
import socket, sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("0.0.0.0", int(sys.argv[1])))
while True:
    data, peer = sock.recvfrom(65536)
    sock.sendto(data + b" from " + " ".join([peer[0], *sys.argv[2:]]).encode(), peer)
