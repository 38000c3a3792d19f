#!/usr/bin/python3
"""Docker's token server for tests: token_server.py PORT KEY CERTIFICATE SECONDS.

Gives RS256 tokens that a real docker-registry verifies. reader:s3cret may pull what it asks for; anybody else gets
a token that allows nothing, and a wrong password 401.
"""
import base64, http.server, json, subprocess, sys, time, urllib.parse

port, key, certificate, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])


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
            if user:
                access.append({"type": kind, "name": name, "actions": actions.split(",")})
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


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
