"""Starts compose.yaml under podman, without Compose and without a registry, and asks whether it works.

Usage: try.py IMAGE.oci.tar TREE      TREE is a Debian with postgresql, rabbitmq-server and redis-server (what boot-test.sh fleet makes).

The images of others cannot always be had. In their place stand Debian's packages with the part of those images' ways that compose.yaml
relies on: its commands, variables, secrets, volumes, networks and health checks are run as they are. Grafana is left out.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = "bellhop-try"
STAND_INS = {
    "postgres": """#!/bin/bash
set -e
data=/var/lib/postgresql/data bin=$(echo /usr/lib/postgresql/*/bin)
as="setpriv --reuid=postgres --regid=postgres --clear-groups"
mkdir -p /var/run/postgresql "$data"; chown postgres: /var/run/postgresql "$data"; chmod 700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
    $as "$bin/initdb" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 --auth-local=trust -D "$data"
    echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" | $as "$bin/postgres" --single -D "$data" postgres
fi
exec $as "$bin/postgres" -D "$data" -c listen_addresses='*'
""",
    "rabbitmq": """#!/bin/bash
chown -R rabbitmq: /var/lib/rabbitmq /var/log/rabbitmq
exec /usr/sbin/rabbitmq-server
""",
    "redis": """#!/bin/bash
exec "$@"
""",
    "prometheus": """#!/bin/bash
exec /usr/bin/prometheus "$@"
""",
    "node-exporter": """#!/bin/bash
exec /usr/bin/prometheus-node-exporter --collector.disable-defaults --collector.filesystem "$@"
""",
}


def podman(*words, check=True):
    done = subprocess.run(["podman", *words], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise SystemExit(f"podman {' '.join(words)}: {done.stdout}{done.stderr}")
    return done


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for: {what}")
        time.sleep(0.5)


def make_stand_ins(tree, images):
    """An image for each of those of others, under its name, from one tree."""
    for program in ["prometheus", "promtool", "prometheus-node-exporter"]:
        shutil.copy(f"/usr/bin/{program}", tree / "usr/bin")
    for name, script in STAND_INS.items():
        (tree / f"usr/local/bin/stand-in-{name}").write_text(script)
        (tree / f"usr/local/bin/stand-in-{name}").chmod(0o755)
    (tree / "prometheus").mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".tar") as tar:
        subprocess.run(["tar", "-C", str(tree), "--exclude=./var/cache", "--exclude=./dev/*", "-cf", tar.name, "."], check=True)
        for image in images:
            name = image.split("/")[-1].split(":")[0]
            podman("import", "--change", f'ENTRYPOINT ["/usr/local/bin/stand-in-{name}"]', tar.name, image)


class Stack:
    """The services of the file, in the order of what they depend on."""

    def __init__(self, whole, folder):
        self.whole, self.folder = whole, folder
        self.left_out = {"grafana"}
        self.services = {name: it for name, it in whole["services"].items() if name not in self.left_out}

    def container(self, name):
        return f"{PROJECT}-{name}"

    def arguments(self, name, service):
        networks = service["networks"]
        networks = networks if isinstance(networks, dict) else dict.fromkeys(networks, {})
        for network, told in networks.items():
            aliases = [name, *(told or {}).get("aliases", [])]
            yield from ["--network", f"{PROJECT}-{network}:" + ",".join(f"alias={it}" for it in aliases)]
        for secret in service.get("secrets", []):
            told = {"source": secret, "target": f"/run/secrets/{secret}"} if isinstance(secret, str) else secret
            yield from ["-v", f"{self.folder / self.whole['secrets'][told['source']]['file']}:{told['target']}:ro"]
        for volume in service.get("volumes", []):
            source, rest = volume.split(":", 1)
            own = source in self.whole["volumes"]
            yield from ["-v", f"{PROJECT + '-' + source if own else (self.folder / source).resolve()}:{rest}"]
        for flag, words in {
            "--cap-drop": service.get("cap_drop", []),
            "--security-opt": [it.replace(":true", "") for it in service.get("security_opt", [])],
            "--tmpfs": service.get("tmpfs", []),
            "-e": [f"{key}={value}" for key, value in service.get("environment", {}).items()],
            "-p": service.get("ports", []),
            "--user": [service["user"]] if "user" in service else [],
            "--hostname": [service["hostname"]] if "hostname" in service else [],
            "--read-only": None,
        }.items():
            if words is None:
                yield from [flag] if service.get("read_only") else []
            for word in words or []:
                yield from [flag, word]

    def run(self, name, *words, detached=True):
        service = self.services[name]
        image = service["image"].replace("${BELLHOP_VERSION:-0.1.0}", "0.1.0")
        command = words or service.get("command", [])
        kept = ["-d", "--name", self.container(name), "--restart", str(service["restart"])]
        return podman("run", *(kept if detached else ["--rm"]), *self.arguments(name, service), image, *command)

    def healthy(self, name):
        test = self.services[name]["healthcheck"]["test"]
        command = ["sh", "-c", test[1]] if test[0] == "CMD-SHELL" else test[1:]
        return podman("exec", self.container(name), *command, check=False).returncode == 0

    def start(self, name):
        for other, told in self.services[name].get("depends_on", {}).items():
            if told["condition"] == "service_healthy":
                wait_for(f"{other} to be healthy", lambda other=other: self.healthy(other))
            elif podman("wait", self.container(other)).stdout.strip() != "0":
                raise SystemExit(podman("logs", self.container(other)).stderr)
        self.run(name)

    def start_all(self):
        todo = [name for name, it in self.services.items() if not it.get("profiles")]
        while todo:
            name = next(it for it in todo if not set(self.services[it].get("depends_on", {})) & set(todo))
            self.start(name)
            print(f"started {name}")
            todo.remove(name)

    def remove(self):
        for name in self.services:
            podman("rm", "-f", "-t", "5", self.container(name), check=False)
        for volume in self.whole["volumes"]:
            podman("volume", "rm", "-f", f"{PROJECT}-{volume}", check=False)
        for network in self.whole["networks"]:
            podman("network", "rm", "-f", f"{PROJECT}-{network}", check=False)


def reachable(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status
    except OSError:
        return None


def judge(stack):
    stack.run("apply", detached=False)
    doctor = podman("exec", stack.container("dispatcher"), "/usr/bin/bellhop", "doctor", check=False)
    print(doctor.stdout.strip())
    query = ["promtool", "query", "instant", "-o", "json", "http://localhost:9090", "up"]

    def targets():
        told = podman("exec", stack.container("prometheus"), *query, check=False).stdout
        return [it["metric"]["job"] for it in json.loads(told or "[]") if it["value"][1] == "1"]

    wait_for("Prometheus' targets", lambda: sorted(targets()) == ["api", "dispatcher", "node", "worker", "worker"])
    print("Prometheus reaches:", ", ".join(sorted(targets())))
    return {
        "bellhop doctor finds something to mend": doctor.returncode != 0,
        "the API does not answer on this machine": reachable("http://127.0.0.1:8080/healthz") != 200,
        "the metrics are reachable from outside": reachable("http://127.0.0.1:8081/metrics") is not None,
        "a role was root": podman("exec", stack.container("api"), "/usr/bin/bellhop", "web-push-keys", "/key", check=False).returncode == 0,
    }


def main(image, tree):
    whole = yaml.safe_load((HERE / "compose.yaml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copytree(HERE.parent, folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
        subprocess.run([str(folder / "deploy/compose/secrets.sh")], check=True, capture_output=True)
        # With owners and rights as they are.
        subprocess.run(["cp", "-a", tree, str(folder / "tree")], check=True)
        podman("load", "-i", image)
        others = {it["image"] for name, it in whole["services"].items() if "bellhop" not in it["image"] and name != "grafana"}
        made = [it for it in sorted(others) if podman("image", "exists", it, check=False).returncode != 0]
        make_stand_ins(folder / "tree", made)
        stack = Stack(whole, folder / "deploy/compose")
        stack.remove()
        for network, told in whole["networks"].items():
            podman("network", "create", *(["--internal"] if (told or {}).get("internal") else []), f"{PROJECT}-{network}")
        try:
            stack.start_all()
            problems = [what for what, so in judge(stack).items() if so]
            print("\n".join(f"FAILED: {it}" for it in problems) or "nothing failed", flush=True)
        except SystemExit:
            for name in stack.services:
                told = podman("logs", "--tail", "5", stack.container(name), check=False)
                print(f"--- {name}\n{told.stdout}{told.stderr}", file=sys.stderr)
            raise
        finally:
            stack.remove()
            # Nobody should take them for the real ones later.
            for name in made:
                podman("rmi", "-f", name, check=False)
    print("1 passed, 0 failed" if not problems else "0 passed, 1 failed")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
