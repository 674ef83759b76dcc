"""Writes the software bill of materials of the binary, CycloneDX 1.5 JSON, from what Cargo knows of its crates.

Usage: sbom.py BINARY > bellhop.cdx.json      The crates are those of Cargo.lock that are linked into the program for this machine.
"""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import uuid


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def metadata():
    host = next(line.split()[1] for line in said("rustc", "-vV").splitlines() if line.startswith("host:"))
    return json.loads(said("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host))


def linked(whole, name):
    """The ids of the crates that a package needs to run: neither its tests' nor its build scripts'."""
    nodes = {node["id"]: node for node in whole["resolve"]["nodes"]}
    first = next(it["id"] for it in whole["packages"] if it["name"] == name and it["source"] is None)
    found, todo = {first: []}, [first]
    while todo:
        at = todo.pop()
        for dep in nodes[at]["deps"]:
            if any(kind["kind"] is None for kind in dep["dep_kinds"]):
                found[at].append(dep["pkg"])
                if dep["pkg"] not in found:
                    found[dep["pkg"]] = []
                    todo.append(dep["pkg"])
    return first, found


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, checksums):
    told = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package["license"]:
        told["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if package["description"]:
        told["description"] = package["description"].strip()
    if package["repository"]:
        told["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        told["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return told


def checksums(whole):
    """What Cargo.lock demands of each crate's archive."""
    import tomllib

    with open(os.path.join(whole["workspace_root"], "Cargo.lock"), "rb") as lock:
        packages = tomllib.load(lock)["package"]
    return {(it["name"], it["version"]): it["checksum"] for it in packages if "checksum" in it}


def bill(binary):
    whole = metadata()
    packages = {it["id"]: it for it in whole["packages"]}
    first, found = linked(whole, "bellhop")
    known = checksums(whole)
    with open(binary, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    program = component(packages[first], {}) | {"type": "application", "hashes": [{"alg": "SHA-256", "content": digest}]}
    libraries = sorted((packages[it] for it in found if it != first), key=lambda it: (it["name"], it["version"]))
    instant = int(os.environ.get("SOURCE_DATE_EPOCH") or said("git", "log", "-1", "--format=%ct"))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same for the same binary.
        "serialNumber": f"urn:uuid:{uuid.UUID(hex=digest[:32], version=4)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(instant, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": program,
        },
        "components": [component(it, known) for it in libraries],
        "dependencies": [
            {"ref": reference(packages[it]), "dependsOn": sorted({reference(packages[dep]) for dep in deps})}
            for it, deps in sorted(found.items())
        ],
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(bill(sys.argv[1]), sys.stdout, ensure_ascii=False, indent=1)
    print()
