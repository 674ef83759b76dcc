"""Unpacks an image of image.py into a folder, and checks every digest and size on the way, as an engine does.

Usage: unpack.py FILE FOLDER      The image's configuration is printed.
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile


def unpack(file, folder):
    with tarfile.open(file) as image:

        def blob(told):
            content = image.extractfile("blobs/" + told["digest"].replace(":", "/")).read()
            given = "sha256:" + hashlib.sha256(content).hexdigest()
            if (given, len(content)) != (told["digest"], told["size"]):
                sys.exit(f"{told['digest']}: its content is {given}, {len(content)} bytes")
            return content

        index = json.load(image.extractfile("index.json"))
        manifest = json.loads(blob(index["manifests"][0]))
        config = json.loads(blob(manifest["config"]))
        for told, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
            plain = gzip.decompress(blob(told))
            if "sha256:" + hashlib.sha256(plain).hexdigest() != diff_id:
                sys.exit(f"{told['digest']}: not the layer that the configuration names")
            with tarfile.open(fileobj=io.BytesIO(plain)) as layer:
                layer.extractall(folder, numeric_owner=True)
    print(json.dumps(config["config"]))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    unpack(*sys.argv[1:])
