"""http_load.py HOST PORT PATH CLIENTS SECONDS: that many clients, one request after the other on new connections. Prints how
many were answered and how many failed; fails when any did."""
import socket, sys, threading, time

host, port, path, clients, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
end = time.monotonic() + seconds
good, bad = [], []


def client():
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, port), timeout=60) as connection:
                connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                answer = b""
                while part := connection.recv(65536):
                    answer += part
            (good if answer.startswith(b"HTTP/1.0 200") or answer.startswith(b"HTTP/1.1 200") else bad).append(answer[:60])
        except OSError as error:
            bad.append(repr(error))


threads = [threading.Thread(target=client) for _ in range(clients)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(f"{len(good)} answered, {len(bad)} failed {bad[:3]}")
sys.exit(1 if bad or not good else 0)
