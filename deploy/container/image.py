"""Writes a container image as an OCI layout in one tar file: podman load, docker load (25 or later), skopeo copy oci-archive:FILE.

Usage: image.py BINARY ROOT VERSION FILE      ROOT is what root.sh has filled. The same inputs make the same bytes (SOURCE_DATE_EPOCH).
"""

import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import time

USER = 65532
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
# Whom these folders belong to and who may write there; everything else is root's, and read only.
OWN = {"var/lib/bellhop": (USER, 0o750), "etc/bellhop": (USER, 0o750), "tmp": (0, 0o1777)}


def instant():
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or subprocess.run(["git", "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True).stdout)


def entry(name, path, at):
    """A file's header, without what differs from machine to machine."""
    told = tarfile.TarInfo(name)
    owner, mode = OWN.get(name, (0, None))
    told.uid = told.gid = owner
    told.mtime = at
    if os.path.islink(path):
        told.type, told.linkname, told.mode = tarfile.SYMTYPE, os.readlink(path), 0o777
    elif os.path.isdir(path):
        told.type, told.mode = tarfile.DIRTYPE, mode or 0o755
    else:
        told.size = os.path.getsize(path)
        told.mode = 0o755 if os.access(path, os.X_OK) else 0o644
    return told


def layer(files, at):
    """The layer of these (name, path): its compressed bytes, and the digest of what they contain."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in files:
            told = entry(name, path, at)
            if told.isreg():
                with open(path, "rb") as file:
                    tar.addfile(told, file)
            else:
                tar.addfile(told)
    content = plain.getvalue()
    return gzip.compress(content, compresslevel=6, mtime=0), digest(content)


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def files_under(root):
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            yield os.path.relpath(path, root), path


def config(version, diff_ids, at):
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return {
        "created": created,
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Entrypoint": ["/usr/bin/bellhop"],
            "Cmd": ["--help"],
            "WorkingDir": "/var/lib/bellhop",
            "Volumes": {"/var/lib/bellhop": {}},
            "ExposedPorts": {"8080/tcp": {}, "8081/tcp": {}},
            "StopSignal": "SIGTERM",
            # Inside a container nobody reaches 127.0.0.1. The environment outranks the file.
            "Env": [
                "PATH=/usr/bin",
                "HOME=/var/lib/bellhop",
                "BELLHOP__HTTP__LISTEN=0.0.0.0:8080",
                "BELLHOP__HTTP__OPERATIONS_LISTEN=0.0.0.0:8081",
                "BELLHOP__OPERATIONS__LISTEN=0.0.0.0:8081",
            ],
            "Labels": {
                "org.opencontainers.image.title": "bellhop",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [
            {"created": created, "created_by": "Debian's libraries, certificates and time zones"},
            {"created": created, "created_by": f"bellhop {version}"},
        ],
    }


def write(binary, root, version, out):
    at = instant()
    blobs = {}

    def keep(content, media_type):
        blobs[digest(content)] = content
        return {"mediaType": media_type, "digest": digest(content), "size": len(content)}

    # The program is a layer of its own: an upgrade carries only that one.
    layers = [layer(files_under(root), at), layer([("usr/bin/bellhop", binary)], at)]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": keep(json.dumps(config(version, [plain for _, plain in layers], at)).encode(), CONFIG),
        "layers": [keep(content, LAYER) for content, _ in layers],
    }
    told = keep(json.dumps(manifest).encode(), MANIFEST)
    told["annotations"] = {
        "org.opencontainers.image.ref.name": version,
        "io.containerd.image.name": f"localhost/bellhop:{version}",
    }
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [told]}
    parts = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
    parts |= {"blobs/" + name.replace(":", "/"): content for name, content in blobs.items()}
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(parts):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(parts[name]), at, 0o644
            tar.addfile(info, io.BytesIO(parts[name]))
    print(f"{out}: {told['digest']}, {sum(len(it) for it in blobs.values()) >> 20} MiB in {len(layers)} layers")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    write(*sys.argv[1:])
