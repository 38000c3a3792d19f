#!/usr/bin/python3
"""Docker's token server for tests: token_server.py [OPTIONS] PORT KEY CERTIFICATE SECONDS.

Gives RS256 tokens that a real docker-registry verifies. reader:s3cret may pull what it asks for; anybody else gets
a token that allows nothing (with --public one that lets him pull), and a wrong password 401.
"""
import argparse, base64, http.server, json, ssl, subprocess, time, urllib.parse

parser = argparse.ArgumentParser()
parser.add_argument("--address", default="127.0.0.1")
parser.add_argument("--public", action="store_true")
parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
parser.add_argument("port", type=int)
parser.add_argument("key")
parser.add_argument("certificate")
parser.add_argument("seconds", type=int)
options = parser.parse_args()
key, certificate, seconds = options.key, options.certificate, options.seconds


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims):
    pem = open(certificate).read()
    der = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    header = {"typ": "JWT", "alg": "RS256", "x5c": [der]}
    text = b64url(json.dumps(header).encode()) + "." + b64url(json.dumps(claims).encode())
    mac = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), capture_output=True, check=True)
    return text + "." + b64url(mac.stdout)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        given = self.headers.get("Authorization", "")
        user = ""
        if given.startswith("Basic "):
            user, _, password = base64.b64decode(given[6:]).decode().partition(":")
            if (user, password) != ("reader", "s3cret"):
                return self.answer(401, {"details": "incorrect username or password"})
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.rsplit(":", 2) if scope.count(":") >= 2 else ("", "", "")
            allowed = actions.split(",") if user else ["pull"] if options.public else []
            if allowed:
                access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        claims = {"iss": "e2e", "sub": user, "aud": query.get("service", [""])[0], "exp": now + seconds,
                  "nbf": now - 10, "iat": now, "jti": str(time.time_ns()), "access": access}
        self.answer(200, {"token": sign(claims), "expires_in": seconds})

    def answer(self, code, body):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = http.server.ThreadingHTTPServer((options.address, options.port), Handler)
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
