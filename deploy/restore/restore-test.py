"""Backup in the middle of a mailing, disaster, restore, as docs/install.md says it, and what comes of it.

Usage: restore-test.py BINARY dump|time|sqlite
  dump    pg_dump; RabbitMQ and Redis are those of after the backup
  time    a base backup and the archived log, restored to an instant; RabbitMQ and Redis are those of after it
  sqlite  SQLite's online backup
Needs what deploy/dev/install-services.sh installs, and sqlite3. The simulated gateway's own count is believed.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from servers import Postgres, RabbitMq, Redis, free_port, missing, wait_for

GUESTS, RATE = 1200, 60
CONFIG = """
[store]
url = "{store}"
[broker]
url = "{broker}"
[limits]
url = "{limits}"
[http]
listen = "127.0.0.1:{api}"
operations_listen = "127.0.0.1:{operations}"
public_url = "http://127.0.0.1:{api}"
[worker]
lease_seconds = 5
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
"""


class Fleet:
    """Bellhop's processes, the gateway that it sends to, and commands."""

    def __init__(self, binary, folder, store, broker, limits):
        self.binary, self.folder, self.roles, self.logs = binary, folder, [], 0
        self.embedded = store.startswith("sqlite:")
        self.ports = {name: free_port() for name in ["api", "operations", "sms", "fcm", "admin", "worker"]}
        (folder / "password").write_text("secret")
        config = CONFIG.format(store=store, broker=broker, limits=limits, rate=RATE, **self.ports)
        (folder / "bellhop.toml").write_text(config)

    def spawn(self, *words):
        self.logs += 1
        log = open(self.folder / f"{self.logs}-{words[0]}.log", "w")
        listen = {"BELLHOP__OPERATIONS__LISTEN": f"127.0.0.1:{self.ports['worker']}"} if words[0] == "worker" else {}
        command = [self.binary, *words, "--config", "bellhop.toml"]
        return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=os.environ | listen)

    def told(self, *words):
        command = [self.binary, *words, "--config", "bellhop.toml"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        self.roles = [self.spawn(role) for role in (["up"] if self.embedded else ["api", "dispatcher", "worker"])]

    def crash(self):
        for role in self.roles:
            role.kill()
        for role in self.roles:
            role.wait()

    def gateway(self):
        """What the simulated gateway accepted: (messages, recipients)."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['admin']}/_sim/messages?channel=sms", timeout=10) as answer:
            messages = [json.loads(line) for line in answer.read().decode().splitlines() if line]
        return sum(len(it["times"]) for it in messages), len({it["recipient"] for it in messages}), messages

    def refused(self):
        """The tasks that the worker did not take for its own."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['worker']}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return [line for line in lines if line.startswith("bellhop_tasks_refused_total")]

    def accepted(self, text=""):
        """How many SMS that begin so have gone out."""
        return sum(len(it["times"]) for it in self.gateway()[2] if it["text"].startswith(text))

    def states(self, mailing):
        told = json.loads(self.told("mailing", "stats", str(mailing), "--json"))
        return told.get("by_state") or told["statistics"]["by_state"]

    def import_guests(self):
        people = [f"{n},Guest,+7999{n:07d},yes" for n in range(1, GUESTS + 1)]
        orders = [f"{n},{n},2025-09-01 19:10,1690,Centre,delivered" for n in range(1, GUESTS + 1)]
        (self.folder / "guests.csv").write_text("\n".join(["customer_id,name,phone,marketing_consent", *people]))
        (self.folder / "orders.csv").write_text("\n".join(["order_id,customer_id,placed_at,total,restaurant,status", *orders]))
        self.told("import", "customers", "guests.csv")
        self.told("import", "orders", "orders.csv")

    def launch(self, text):
        mailing = {
            "name": text,
            "audience": {"retention": ["lost"]},
            "contents": {"sms": {"text": text}},
            "waterfall": [{"channel": "sms"}],
            "expires_after_minutes": 1440,
        }
        (self.folder / "mailing.json").write_text(json.dumps(mailing))
        # A restored PostgreSQL may pass over numbers.
        number = self.told("mailing", "create", "mailing.json").split()[0]
        self.told("mailing", "launch", number)


def dump(postgres):
    """pg_dump in the middle; then everything is lost, and restored from it."""
    file = postgres.folder / "dump" / "bellhop.dump"
    at = ["-h", "127.0.0.1", "-p", postgres.port, "-U", "bellhop"]

    def backup():
        postgres.run("pg_dump", *at, "-Fc", "-f", file, "bellhop")

    def restore():
        postgres.sql("DROP DATABASE bellhop WITH (FORCE)", "postgres")
        postgres.run("createdb", *at, "bellhop")
        postgres.run("pg_restore", *at, "-d", "bellhop", "--exit-on-error", file)
        postgres.sql("SELECT setval('message_numbers', nextval('message_numbers') + 1000000000)")

    return lambda: None, backup, restore


def to_an_instant(postgres):
    """A base backup before the mailing, and the log of what followed, up to an instant in its middle."""
    at = ["-h", "127.0.0.1", "-p", postgres.port, "-U", "bellhop"]
    instant = []

    def before():
        postgres.run("pg_basebackup", *at, "-D", postgres.folder / "base", "-c", "fast", "-X", "none")

    def backup():
        instant.append(postgres.sql("SELECT clock_timestamp()"))

    def restore():
        # The last of the log is archived before the server is lost; without it the restore ends where the archive does.
        last = postgres.sql("SELECT pg_walfile_name(pg_switch_wal())")
        wait_for("the archive", lambda: (postgres.folder / "archive" / last).exists())
        postgres.stop()
        base = postgres.folder / "base"
        recovery = f"restore_command = 'cp {postgres.folder}/archive/%f %p'\nrecovery_target_time = '{instant[0]}'\n"
        recovery += "recovery_target_action = 'promote'\n"
        with open(base / "postgresql.conf", "a") as file:
            file.write(recovery)
        (base / "recovery.signal").touch()
        subprocess.run(["chown", "--reference", str(base), str(base / "recovery.signal")], check=True)
        postgres.start("base")
        postgres.sql("SELECT setval('message_numbers', nextval('message_numbers') + 1000000000)")

    return before, backup, restore


def online_backup(path, copy):
    def backup():
        subprocess.run(["sqlite3", str(path), f".backup {copy}"], check=True)

    def restore():
        for ending in ["", "-wal", "-shm"]:
            pathlib.Path(f"{path}{ending}").unlink(missing_ok=True)
        subprocess.run(["cp", str(copy), str(path)], check=True)
        subprocess.run(["sqlite3", str(path), "UPDATE message_numbers SET last = last + 1000000000"], check=True)

    return lambda: None, backup, restore


def play(fleet, before, backup, restore, rabbitmq=None):
    """The mailing, the backup in its middle, the disaster, and what the gateway has seen when all is quiet again."""
    if not fleet.embedded:
        fleet.told("migrate")
        fleet.told("apply")
    fleet.import_guests()
    simulator = fleet.spawn("simulator")
    try:
        before()
        fleet.start()
        wait_for("the gateway", lambda: fleet.accepted() >= 0)
        fleet.launch("Come back")
        wait_for("a third of the mailing", lambda: fleet.accepted() >= GUESTS // 3)
        at_backup = fleet.accepted()
        backup()
        # Another mailing, which the backup does not know, and whose numbers of messages it would give again.
        fleet.launch("In between")
        wait_for("more of both", lambda: fleet.accepted("In between") >= 30 and fleet.accepted("Come back") >= at_backup + 60)
        fleet.crash()
        at_disaster, _, seen = fleet.gateway()
        if rabbitmq:
            print(f"RabbitMQ holds {rabbitmq.queued()} tasks of after the backup")
        restore()
        fleet.told("mailing", "cancel", "1")
        fleet.start()
        fleet.launch("Good morning")
        wait_for("the second mailing", lambda: fleet.accepted("Good morning") >= GUESTS, 180)
        if rabbitmq:
            wait_for("empty queues", lambda: rabbitmq.queued() == 0)
            print("tasks refused:", *(fleet.refused() or ["none"]))
        return judge(fleet, at_backup, at_disaster, seen)
    finally:
        fleet.crash()
        simulator.terminate()
        simulator.wait()


def judge(fleet, at_backup, at_disaster, seen):
    _, _, messages = fleet.gateway()
    of_first = [it for it in messages if it["text"].startswith("Come back")]
    of_second = [it for it in messages if it["text"].startswith("Good morning")]
    times = {name: [it for it in of if len(it["times"]) > 1] for name, of in [("first", of_first), ("second", of_second)]}
    first_recipients, second_recipients = {it["recipient"] for it in of_first}, {it["recipient"] for it in of_second}
    states = fleet.states(1)
    known = sum(states.get(it, 0) for it in ["sent", "delivered", "opened", "unknown"])
    lost = sum(it["text"].startswith("Come back") for it in seen) - known
    numbers = len({it["message_id"] for it in messages})
    print(f"gateway: {at_backup} of {GUESTS} SMS at the backup, {at_disaster} at the disaster")
    print(f"restored: the first mailing knows of {known} as sent ({json.dumps(states)}); {lost} of it, and a mailing in between, are lost to the figures")
    print(f"second mailing: {len(of_second)} SMS to {len(second_recipients)} guests; ids used twice: {len(messages) - numbers}")
    checks = {
        "the first mailing went on after it was cancelled": len(of_first) != sum(it["text"].startswith("Come back") for it in seen),
        "a guest got the first mailing twice": len(of_first) != len(first_recipients) or bool(times["first"]),
        "a guest got the second mailing twice, or not at all": len(second_recipients) != GUESTS or len(of_second) != GUESTS or bool(times["second"]),
        "an id was given twice": numbers != len(messages),
    }
    problems = [what for what, so in checks.items() if so]
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


def main(binary, way):
    if missing():
        raise SystemExit(f"missing: {' '.join(missing())}. Run: apt-get install --no-install-recommends {' '.join(missing())}")
    binary = str(pathlib.Path(binary).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        if way == "sqlite":
            fleet = Fleet(binary, folder, "sqlite:bellhop.db", "in-process:", "in-process:")
            return play(fleet, *online_backup(folder / "bellhop.db", folder / "copy.db"))
        servers = []
        try:
            postgres = Postgres(folder / "postgres")
            servers.append(postgres)
            postgres.start()
            postgres.sql("CREATE DATABASE bellhop", "postgres")
            for kind, name in [(RabbitMq, "rabbitmq"), (Redis, "redis")]:
                servers.append(kind(folder / name))
            fleet = Fleet(binary, folder, postgres.url(), servers[1].url(), servers[2].url())
            return play(fleet, *{"dump": dump, "time": to_an_instant}[way](postgres), rabbitmq=servers[1])
        finally:
            for server in reversed(servers):
                server.stop()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("dump", "time", "sqlite"):
        sys.exit(__doc__)
    told = main(*sys.argv[1:])
    print("1 passed, 0 failed" if told == 0 else "0 passed, 1 failed")
    sys.exit(told)
