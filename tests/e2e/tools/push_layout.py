#!/usr/bin/python3
"""Pushes an OCI layout to a registry byte for byte: push_layout.py LAYOUT HOST:PORT NAME TAG [BASE64-LOGIN].

skopeo and buildah compress what is not compressed on the way to a registry; this does not.
"""
import json, sys, urllib.request

layout, host, name, tag = sys.argv[1:5]
login = {"Authorization": "Basic " + sys.argv[5]} if len(sys.argv) > 5 else {}


def blob(digest):
    return open(f"{layout}/blobs/{digest.replace(':', '/')}", "rb").read()


def send(method, url, data, kind="application/octet-stream"):
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind, **login})
    return urllib.request.urlopen(request)


def push_blob(digest):
    location = send("POST", f"http://{host}/v2/{name}/blobs/uploads/", b"").headers["Location"]
    location += ("&" if "?" in location else "?") + "digest=" + digest
    send("PUT", location, blob(digest))


entry = json.load(open(f"{layout}/index.json"))["manifests"][0]
manifest = json.loads(blob(entry["digest"]))
for descriptor in [manifest["config"], *manifest["layers"]]:
    push_blob(descriptor["digest"])
send("PUT", f"http://{host}/v2/{name}/manifests/{tag}", blob(entry["digest"]), entry["mediaType"])
