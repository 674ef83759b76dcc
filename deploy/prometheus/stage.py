"""Bellhop on one SQLite file, its simulator, and a Prometheus that watches, for live-test.py."""

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
GUESTS = 400
CONFIG = """
[store]
url = "sqlite:bellhop.db"
[http]
listen = "127.0.0.1:{api}"
operations_listen = "127.0.0.1:{operations}"
public_url = "http://127.0.0.1:{api}"
connections = 24
connections_per_address = 16
[worker]
lease_seconds = 4
batches_at_once = 1
backoff_seconds = 1
throttle_seconds = 1
misconfigurations = 2
[dispatcher]
look_up_seconds = 2
[marketing]
quiet_hours = "off"
frequency_cap = "off"
[[organisation]]
slug = "default"
name = "Test"
currency = "RUB"
timezone = "Europe/Moscow"
region = "RU"
locale = "ru"
attribution_hours = 72
[[sender]]
organisation = "default"
name = "sms"
provider = "sms_http"
rate = "{rate}/s"
[sender.settings]
preset = "smsc_ru"
base_url = "http://127.0.0.1:{sms}"
values = {{ login = "bellhop", sender = "BRAND" }}
secrets = {{ password = {{ file = "password" }}, reports = {{ file = "password" }} }}
[simulator]
fcm_addr = "127.0.0.1:{fcm}"
sms_addr = "127.0.0.1:{sms}"
admin_addr = "127.0.0.1:{admin}"
[simulator.fcm]
service_account_file = "firebase.json"
[simulator.sms]
login = "bellhop"
password = "secret"
[simulator.sms.reports]
url = "http://127.0.0.1:{api}/webhooks/default/sms"
secret = "secret"
[simulator.faults.sms]
reset_after = 0.1
too_many_requests = 0.05
"""
MAILING = {
    "name": "Come back",
    "audience": {"retention": ["lost"]},
    "contents": {"sms": {"text": "Come back"}},
    "waterfall": [{"channel": "sms"}],
    "expires_after_minutes": 1440,
}


def free_ports(*names):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return {name: it.getsockname()[1] for name, it in zip(names, sockets, strict=True)}


def ask(url, method="GET", body=None, headers=None):
    """The status and the text of an answer, whatever the status."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for: {what}")
        time.sleep(0.2)


class Stage:
    """A folder with Bellhop, its simulator, and a Prometheus that watches."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.processes = binary, folder, []
        self.ports = free_ports("api", "operations", "fcm", "sms", "admin", "prometheus", "node")
        (folder / "password").write_text("secret")
        self.configure(rate=25)

    def configure(self, rate):
        (self.folder / "bellhop.toml").write_text(CONFIG.format(rate=rate, **self.ports))

    def url(self, port, path):
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def bellhop(self, *words):
        command = [self.binary, *words, "--config", "bellhop.toml"]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def start(self, name, *command):
        log = open(self.folder / f"{name}.log", "a")
        process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def start_up(self):
        up = self.start("up", self.binary, "up", "--config", "bellhop.toml")
        wait_for("/readyz", lambda: ask(self.url("operations", "/readyz"))[0] == 200)
        return up

    def start_prometheus(self):
        targets = {"up": self.ports["operations"], "node": self.ports["node"]}
        jobs = [{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for job, port in targets.items()]
        shutil.copy(HERE / "bellhop.rules.yml", self.folder)
        timing = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        # JSON is YAML.
        whole = {"global": timing, "rule_files": ["bellhop.rules.yml"], "scrape_configs": jobs}
        (self.folder / "prometheus.yml").write_text(json.dumps(whole))
        self.start("node", "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{self.ports['node']}")
        data, listen = self.folder / "tsdb", f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"
        self.start("prometheus", "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={data}", listen)
        wait_for("Prometheus", lambda: ask(self.url("prometheus", "/-/ready"))[0] == 200)

    def prometheus(self, path, **parameters):
        status, text = ask(self.url("prometheus", path + "?" + urllib.parse.urlencode(parameters)))
        told = json.loads(text) if text.startswith("{") else {"error": text}
        return told.get("data"), (None if status == 200 else told.get("error"))

    def latest(self, query):
        data, _ = self.prometheus("/api/v1/query", query=query)
        return float(data["result"][0]["value"][1]) if data and data["result"] else 0.0

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


def import_guests(stage):
    people = [f"{n},Guest,+7999{n:07d},yes" for n in range(1, GUESTS + 1)]
    orders = [f"{n},{n},2025-09-01 19:10,1690,Centre,delivered" for n in range(1, GUESTS + 1)]
    (stage.folder / "guests.csv").write_text("\n".join(["customer_id,name,phone,marketing_consent", *people]))
    (stage.folder / "orders.csv").write_text("\n".join(["order_id,customer_id,placed_at,total,restaurant,status", *orders]))
    stage.bellhop("import", "customers", "guests.csv")
    stage.bellhop("import", "orders", "orders.csv")


if __name__ == "__main__":
    sys.exit(__doc__)
