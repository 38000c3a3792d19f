#!/usr/bin/python3
"""A registry that lies, stalls and breaks off: faulty_registry.py PORT REQUEST-LOG BLOB-DIRECTORY OUTSIDE.

The first part of an image's name says what goes wrong: 127.0.0.1:PORT/truncate-once/app:1. FAULTS below lists them.
Every image has the same content, a busybox and 300 KB of noise, unless its fault is in the content. Each request is
logged as a line: method, path, host, range, whether it carried an Authorization, and the status that was sent.
Images can be pushed to push-ghcr, push-artifact-registry and push-ecr, which take chunks as those registries do. OUTSIDE
is how the names of the files in the host's /tmp begin that hostile layers try to reach.
"""
import base64, gzip, hashlib, http.server, io, json, os, random, socket, struct, sys, tarfile, threading, time

port, log_path, blob_dir, outside = int(sys.argv[1]), *sys.argv[2:5]
os.makedirs(blob_dir, exist_ok=True)
lock = threading.RLock()
counts = {}  # (fault, what) -> how often it happened
uploads = {}  # session -> its bytes
pushed = {}  # (fault, digest) -> a blob's bytes

OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json"
GZIP_LAYER = OCI + "layer.v1.tar+gzip"


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# ---- content ---------------------------------------------------------------------------------------------------------

def entry(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o755
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def tar_of(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def good_entries():
    busybox = open("/bin/busybox", "rb").read()
    noise = random.Random(1).randbytes(300_000)
    return [entry("bin", type=tarfile.DIRTYPE), entry("bin/busybox", busybox),
            entry("bin/sh", type=tarfile.SYMTYPE, linkname="busybox"), entry("noise", noise)]


def link(name, target, kind=tarfile.SYMTYPE):
    return entry(name, type=kind, linkname=target)


def directory(name):
    return entry(name, type=tarfile.DIRTYPE)


EVIL = {
    "escape-dotdot": [entry("../../../../../../../../etc/passwd", b"evil"), entry(f"a/../../../../../tmp/{outside}-evil", b"evil")],
    "escape-absolute": [entry(f"/tmp/{outside}-evil", b"evil")],
    "escape-symlink": [link("out", "/tmp"), entry(f"out/{outside}-evil", b"evil")],
    "escape-symlink-dotdot": [link("up", "../../../../../../../../../../tmp"), entry(f"up/{outside}-evil", b"evil")],
    "escape-final-symlink": [link("file", f"/tmp/{outside}-evil"), entry("file", b"evil")],
    "escape-hardlink": [link("stolen", "/etc/shadow", tarfile.LNKTYPE)],
    "escape-hardlink-dotdot": [link("stolen", "../../../../../../../../etc/shadow", tarfile.LNKTYPE)],
    "escape-hardlink-symlink": [link("etc", "/etc"), link("stolen", "etc/shadow", tarfile.LNKTYPE)],
    "escape-whiteout": [link("out", "/tmp"), entry(f"out/.wh.{outside}-victim")],
    "escape-whiteout-dotdot": [entry(f"../../../../../../../tmp/.wh.{outside}-victim"), entry(".wh..")],
    "escape-opaque": [link("out", f"/tmp/{outside}-victims"), entry("out/.wh..wh..opq")],
}


def bomb():
    """32 GiB of zeros in 33 MB: one file whose gzip stream repeats a member of 64 MiB."""
    member = gzip.compress(bytes(64 << 20), 9)
    info = tarfile.TarInfo("zeros")
    info.size = 512 * (64 << 20)
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT)) + member * 512 + gzip.compress(bytes(1024))


def two_million_entries():
    info = tarfile.TarInfo("d/0000000")
    head = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    head[148:156] = b" " * 8
    base = sum(head) - 7 * ord("0")
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as zipped:
        for start in range(0, 2_000_000, 10_000):
            block = bytearray()
            for number in range(start, start + 10_000):
                digits = b"%07d" % number
                head[2:9] = digits
                head[148:156] = b"%06o\0 " % (base + sum(digits))
                block += head
            zipped.write(block)
        zipped.write(bytes(1024))
    return out.getvalue()


def cached(name, make):
    path = f"{blob_dir}/{name}"
    with lock:
        if not os.path.exists(path):
            data = make()
            with open(path, "wb") as file:
                file.write(data)
    with open(path, "rb") as file:
        return file.read()


def layer_of(fault):
    """The compressed layer's true bytes, and its DiffID."""
    good = cached("good.tar", lambda: tar_of(good_entries()))
    if fault in EVIL:
        tar = tar_of(good_entries() + EVIL[fault])
        return gzip.compress(tar, 1), sha(tar)
    if fault == "bomb":
        return cached("bomb", bomb), "sha256:" + "0" * 64
    if fault == "entries":
        return cached("entries", two_million_entries), "sha256:" + "0" * 64
    if fault == "not-gzip":
        return random.Random(2).randbytes(100_000), sha(good)
    if fault == "gzip-cut":  # ends in the middle of the deflate stream, though digest and size are right
        return cached("good.gz", lambda: gzip.compress(good, 6, mtime=0))[:500_000], sha(good)
    if fault == "gzip-crc":
        data = bytearray(cached("good.gz", lambda: gzip.compress(good, 6, mtime=0)))
        data[-6] ^= 0xFF
        return bytes(data), sha(good)
    if fault == "tar-cut":  # the tar ends inside a file
        return gzip.compress(good[: len(good) // 2], 1), sha(good[: len(good) // 2])
    if fault == "tar-garbage":
        noise = random.Random(3).randbytes(100_000)
        return gzip.compress(noise, 1), sha(noise)
    return cached("good.gz", lambda: gzip.compress(good, 6, mtime=0)), sha(good)


class Image:
    def __init__(self, fault):
        self.layer, diff_id = layer_of(fault)
        if fault == "lie-diff-id":
            diff_id = "sha256:" + "1" * 64
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]},
                  "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/bin"]}, "fault": fault}
        machine = os.uname().machine
        config["architecture"] = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
        if fault == "second-stalls":
            config["rootfs"]["diff_ids"].append("sha256:" + "2" * 64)
        if fault == "config-diff-ids":
            config["rootfs"]["diff_ids"] *= 3
        self.config = b"this is not json" if fault == "config-not-json" else json.dumps(config).encode()
        if fault == "config-deep":  # what the JSON library writes out by calling itself
            brackets = b"[" * 1_000_000 + b"]" * 1_000_000
            self.config = self.config.replace(b'"config": {', b'"config": {"Healthcheck": ' + brackets + b", ")
        layer = {"mediaType": GZIP_LAYER, "digest": sha(self.layer), "size": len(self.layer)}
        layer["size"] += {"lie-size-small": -1000, "lie-size-big": 1000}.get(fault, 0)
        self.layer_digest, self.config_digest = layer["digest"], sha(self.config)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [layer],
                    "config": {"mediaType": CONFIG, "digest": sha(self.config), "size": len(self.config)}}
        if fault == "second-stalls":  # of this one nothing comes
            manifest["layers"].append({"mediaType": GZIP_LAYER, "digest": "sha256:" + "3" * 64, "size": 1000})
        if fault == "unknown-layer-type":
            layer["mediaType"] = "application/vnd.example.floppy"
        if fault == "bad-digest-form":
            layer["digest"] = "sha256:../../../../etc/passwd"
        if fault == "negative-size":
            layer["size"] = -5
        if fault == "no-layers-field":
            del manifest["layers"]
        self.kind = MANIFEST
        if fault == "config-guessed":
            manifest["mediaType"] = self.kind = "application/vnd.docker.distribution.manifest.v2+json"
            manifest["config"]["mediaType"] = "text/plain; charset=utf-8"
        self.manifest = json.dumps(manifest).encode()
        self.children = {sha(self.manifest): self.manifest}
        if fault == "index-sha512":  # of another platform's image
            child = {"mediaType": MANIFEST, "digest": sha(self.manifest), "size": len(self.manifest)}
            other = {**child, "digest": "sha512:" + "5" * 128, "platform": {"os": "linux", "architecture": "s390x"}}
            child["platform"] = {"os": "linux", "architecture": config["architecture"]}
            self.manifest = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [other, child]}).encode()
            self.kind = INDEX
        if fault in ("no-platform", "index-loop"):
            child = {"mediaType": MANIFEST, "digest": sha(self.manifest), "size": len(self.manifest)}
            platforms = [{"os": "windows", "architecture": "amd64"}, {"os": "linux", "architecture": "s390x"}]
            self.manifest = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                                        "manifests": [{**child, "platform": p} for p in platforms]}).encode()
            self.kind = INDEX
        if fault == "html":
            self.manifest, self.kind = b"<html><body>Sign in to the hotel network</body></html>", "text/html"
        if fault == "not-json":
            self.manifest = b"{\"schemaVersion\": 2, oops"
        if fault == "schema1":
            self.kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
            self.manifest = json.dumps({"schemaVersion": 1, "name": "x", "tag": "1", "fsLayers": [], "history": []}).encode()
        if fault == "huge-manifest":
            self.manifest = b'{"schemaVersion": 2, "x": "' + b"a" * (64 << 20) + b'"}'
        if fault == "deep-json":
            self.manifest = b"[" * 1_000_000


images = {}


def image_of(fault):
    with lock:
        if fault not in images:
            images[fault] = Image(fault)
        return images[fault]


def times(fault, what):
    with lock:
        counts[fault, what] = counts.get((fault, what), 0) + 1
        return counts[fault, what]


# ---- behaviour -------------------------------------------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, status):
        with lock, open(log_path, "a") as log:
            log.write(f"{self.command} {self.path} host={self.headers.get('Host')} range={self.headers.get('Range')} "
                      f"auth={'yes' if self.headers.get('Authorization') else 'no'} status={status}\n")

    def answer(self, status, body=b"", kind="application/json", **headers):
        self.note(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, **headers):
        body = json.dumps({"errors": [{"code": "E2E", "message": f"the test says {status}"}]}).encode()
        self.answer(status, body, **headers)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = self.path.split("/")
        if self.path in ("/v2/", "/v2"):
            return self.answer(200, b"{}")
        if self.path == "/elsewhere/login":
            return self.error(401, WWW_Authenticate=f'Bearer realm="http://localhost:{port}/elsewhere/token"')
        if self.path.startswith("/elsewhere/token"):
            return self.answer(200, b'{"token": "stolen"}')
        if parts[1] == "elsewhere":  # where redirects lead
            return self.send_blob(image_of("ok").layer, "ok")
        fault, kind, reference = parts[2], parts[-2], parts[-1]
        if fault.startswith("redirect-blob") and not self.headers.get("Authorization"):
            return self.error(401, WWW_Authenticate='Basic realm="e2e"')
        if kind == "manifests":
            return self.manifest(fault, reference)
        return self.blob(fault, reference)

    def manifest(self, fault, reference):
        if fault.startswith("status-"):
            status = int(fault[7:])
            return self.error(status, **({"Retry_After": "1"} if status == 429 else {}))
        if fault.startswith("retry-") and times(fault, "manifest") <= 2:
            return self.error(int(fault[6:]), Retry_After="1")
        if fault == "no-tag":
            return self.answer(404, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode())
        if fault == "close":
            return self.hang_up()
        image = image_of(fault)
        if reference in image.children:
            return self.answer(200, image.children[reference], MANIFEST)
        body = image.manifest + (b" " if fault == "lie-manifest-digest" else b"")
        self.answer(200, body, image.kind, Docker_Content_Digest=sha(image.manifest))

    def blob(self, fault, digest):
        if (fault, digest) in pushed:
            return self.answer(200, pushed[fault, digest], "application/octet-stream")
        image = image_of(fault)
        if digest == image.config_digest:
            data = image.config
            if fault == "lie-config-digest":
                data = data.replace(b"linux", b"minix")
            return self.answer(200, data, "application/octet-stream")
        if digest != image.layer_digest and fault == "second-stalls":
            return time.sleep(600)
        if digest != image.layer_digest:
            return self.error(404)
        if fault.startswith("blob-"):
            return self.error(int(fault[5:]))
        if fault == "redirect-blob":
            return self.answer(307, Location=f"http://localhost:{port}/elsewhere/blob")
        if fault == "redirect-blob-login":
            return self.answer(307, Location=f"http://localhost:{port}/elsewhere/login")
        if fault == "redirect-blob-loop":
            return self.answer(307, Location=self.path)
        if fault == "redirect-blob-file":
            return self.answer(307, Location="file:///etc/passwd")
        self.send_blob(image.layer, fault)

    def do_POST(self):
        with lock:
            session = str(len(uploads))
            uploads[session] = b""
        self.read_body()
        self.answer(202, Location=f"{self.path.split('?')[0]}{session}")

    def do_PATCH(self):
        data, fault, session = self.read_body(), self.path.split("/")[2], self.path.split("/")[-1]
        if fault == "push-artifact-registry":
            errors = [{"code": "UNSUPPORTED", "message": "must use monolithic uploads"}]
            return self.answer(400, json.dumps({"errors": errors}).encode())
        if fault == "push-ghcr" and len(data) > 4 << 20:
            return self.error(416)
        if fault != "push-ecr" or not uploads[session]:  # which keeps the first chunk only
            uploads[session] += data
        self.answer(201 if fault == "push-ecr" else 202, Location=self.path, Range=f"0-{len(uploads[session]) - 1}")

    def do_PUT(self):
        data, fault = self.read_body(), self.path.split("/")[2]
        if "/manifests/" in self.path:
            return self.answer(202)  # not every registry says 201
        session, digest = self.path.split("/")[-1].split("?digest=")
        data, digest = uploads[session] + data, digest.replace("%3A", ":")
        if sha(data) != digest:
            return self.error(400)
        pushed[fault, digest] = data
        self.answer(201)

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send_blob(self, data, fault):
        start, status = 0, 200
        if (asked := self.headers.get("Range")) and fault != "truncate-no-range":
            start, status = int(asked.split("=")[1].split("-")[0]), 206
        if fault == "lie-range" and start:  # says 206 but begins somewhere else
            start -= 1000
        if fault == "lie-digest":
            data = data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]
        self.note(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) - start))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        turn = times(fault, "blob")
        half = start + (len(data) - start) // 2
        once = {"truncate-once", "truncate-no-range", "reset-once", "stall-once", "lie-range"}
        if fault in once and turn > 1:
            return self.wfile.write(data[start:])
        if fault in ("truncate-once", "truncate-no-range", "lie-range"):
            self.wfile.write(data[start:half])
            self.hang_up()
        elif fault == "truncate-always":
            self.wfile.write(data[start:start + 1000] if start == 0 else b"")
            self.hang_up()
        elif fault == "truncate-often":
            self.wfile.write(data[start:start + len(data) // 5 + 1])
            self.hang_up()
        elif fault in ("reset-once", "reset-always"):
            self.wfile.write(data[start:half] if fault == "reset-once" else data[start:start + 10])
            self.wfile.flush()
            time.sleep(0.1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.hang_up()
        elif fault in ("stall-once", "stall-always"):
            self.wfile.write(data[start:half])
            self.wfile.flush()
            time.sleep(600)
        elif fault == "slow":
            for at in range(start, len(data), 1 << 16):
                self.wfile.write(data[at:at + (1 << 16)])
                self.wfile.flush()
                time.sleep(0.15)
        else:
            self.wfile.write(data[start:])

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True
        linger_reset = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[0]
        if not linger_reset:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that hang up are the point


Server(("127.0.0.1", port), Handler).serve_forever()
