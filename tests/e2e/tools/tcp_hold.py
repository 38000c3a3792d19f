"""tcp_hold.py HOST PORT COUNT [PID]: opens that many connections, sends a line on each and prints how many have given it back
while all stay open. With PID more than can be served at once are meant: after two seconds it prints how many are not
answered yet and the CPU time of that process meanwhile, then closes those that are answered and prints how many are in the
end."""
import os, select, socket, sys, time

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def hear(waiting, until, close):
    while waiting and (left := until - time.monotonic()) > 0:
        poll = select.poll()
        for fd in waiting: poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(left * 1000):
            connection = waiting.pop(fd)
            if connection.recv(100) != b"hello\n": sys.exit("a connection was broken")
            (connection.close() if close else answered.append(connection))


answered, waiting = [], {}
for _ in range(count):
    connection = socket.create_connection((host, port), timeout=60)
    connection.sendall(b"hello\n")
    waiting[connection.fileno()] = connection
if len(sys.argv) == 4:
    hear(waiting, time.monotonic() + 60, False)
    print(f"{len(answered)} answered")
    sys.exit()
before = cpu_s(sys.argv[4])
hear(waiting, time.monotonic() + 2, False)
print(f"{len(waiting)} wait, {'idle' if cpu_s(sys.argv[4]) - before < 1 else 'busy'}")
for connection in answered: connection.close()
hear(waiting, time.monotonic() + 60, True)
print(f"{count - len(waiting)} answered")
