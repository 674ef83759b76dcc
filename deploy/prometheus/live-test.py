"""Asks a Prometheus that scrapes a running Bellhop every question of the dashboard and of the rules.

Usage: live-test.py BINARY      Needs prometheus and prometheus-node-exporter (Debian), no root; a minute.

A question fails if Prometheus refuses it, if a metric in it was never there, or if it has no answer. So that there is something to
see, a mailing runs through simulated providers that lose replies and throttle, the process is killed in the middle, a sender loses its
money, and strangers knock.
"""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from stage import HERE, MAILING, Stage, ask, import_guests, wait_for

ROOT = HERE.parent.parent
# What one SQLite process on a healthy machine cannot be brought to within a minute. Each of these has to be in the sources.
NOT_PROVOKED = {
    "bellhop_leases_lost_total": "a database that is too slow for minutes",
    "bellhop_dispatcher_troubles_total": "a database that fails",
    "bellhop_tasks_refused_total": "two installations on one RabbitMQ",
    "bellhop_pruned_rows_total": "rows of many months ago",
    "bellhop_tasks_without_slot_total": "senders of several organisations that contend for one queue",
    "bellhop_look_ups_total": "a doubt that is still open when its gateway may be asked, which is after minutes",
}
# A disk that nothing fills has no such day.
MAY_BE_EMPTY = {"Days until the first disk is full"}


def mail(stage):
    """A mailing whose process is killed, and whose sender then has no money."""
    (stage.folder / "mailing.json").write_text(json.dumps(MAILING))
    stage.bellhop("mailing", "create", "mailing.json")
    stage.bellhop("mailing", "launch", "1")
    wait_for("SMS in doubt", lambda: stage.latest("max(bellhop_attempts_in_doubt)") > 0)
    up = stage.processes[-1]
    up.kill()
    up.wait()
    # What it had exposed is asked for too; what follows is another process.
    stage.start_up()
    wait_for("its batches", lambda: stage.latest("sum(bellhop_leases_reclaimed_total)") > 0)
    wait_for("reports", lambda: stage.latest("sum(bellhop_receipts_total)") > 0)
    stage.configure(rate=40)
    stage.bellhop("apply")
    wait_for("the new settings", lambda: stage.latest("max(bellhop_settings_version)") > 1)
    faults = json.dumps({"sms": {"no_money": 1.0}}).encode()
    ask(stage.url("admin", "/_sim/faults"), "PUT", faults, {"content-type": "application/json"})
    wait_for("a stopped sender", lambda: stage.latest('sum(bellhop_breaker_trips_total{of="sender"})') > 0)


def knock(stage):
    """Strangers: a forged call, a body that is too long, more connections than there are places."""
    ask(stage.url("api", "/webhooks/default/sms"), "POST", b"id=1&sign=forged", {"content-type": "application/x-www-form-urlencoded"})
    key = stage.bellhop("api-key", "create", "test").split()[0]
    head = f"POST /v1/orders HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", stage.ports["api"])) as one:
        one.sendall(f"{head}content-length: 900000000\r\n\r\n".encode())
        one.recv(1000)
    with contextlib.ExitStack() as stack:
        for n in range(60):
            with contextlib.suppress(OSError):
                address = (f"127.0.0.{2 + n // 20}", 0)
                stack.enter_context(socket.create_connection(("127.0.0.1", stage.ports["api"]), 5, source_address=address))
        wait_for("refused connections", lambda: stage.latest("sum(bellhop_connections_refused_total)") > 0)
        wait_for("closed connections", lambda: stage.latest("sum(bellhop_connections_closed_for_others_total)") > 0)
    # A rate needs two looks at a series.
    names = ["webhooks_refused", "bodies_refused", "connections_refused", "connections_closed_for_others"]
    for metric in [f"bellhop_{name}_total" for name in names]:
        wait_for(metric, lambda metric=metric: stage.latest(f"min(count_over_time({metric}[1m]))") >= 3)


def questions():
    """(where, query) of every panel and every rule."""
    for panel in json.loads((ROOT / "deploy/grafana/bellhop.json").read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "10s")


def rules(stage):
    data, error = stage.prometheus("/api/v1/rules")
    if error:
        raise SystemExit(error)
    return [rule for group in data["groups"] for rule in group["rules"]]


def metrics_of(query):
    without_labels = re.sub(r"\{[^}]*\}|by \([^)]*\)", "", query)
    return set(re.findall(r"\b(?:bellhop|node)_\w+|\bup\b", without_labels))


def judge(stage, since):
    known, _ = stage.prometheus("/api/v1/label/__name__/values")
    in_sources = subprocess.run(
        ["grep", "-rhoE", '"bellhop_[a-z_]+"', "--include=*.rs", *(str(ROOT / it) for it in ["api", "bellhop", "dispatcher", "worker"])],
        check=True, capture_output=True, text=True,
    ).stdout
    in_sources = set(in_sources.replace('"', "").split())
    problems, asked, absent = [], 0, set()

    def look(where, query):
        missing = metrics_of(query) - set(known)
        absent.update(missing)
        for metric in missing:
            if metric not in NOT_PROVOKED or metric not in in_sources:
                problems.append(f"{where}: {metric} was never there")
        return not missing

    for where, query in questions():
        asked += 1
        data, error = stage.prometheus("/api/v1/query_range", query=query, start=since, end=time.time(), step=1)
        if error:
            problems.append(f"{where}: {query}: {error}")
        elif look(where, query) and not data["result"] and where not in MAY_BE_EMPTY:
            problems.append(f"{where}: {query}: no answer")
    for rule in rules(stage):
        asked += 1
        look(rule["name"], rule["query"])
        if rule["health"] != "ok":
            problems.append(f"{rule['name']}: {rule.get('lastError')}")
    firing = sorted({rule["name"] for rule in rules(stage) if rule["state"] == "firing"})
    for expected in ["BellhopSenderStopped", "BellhopWorkersDie"]:
        if expected not in firing:
            problems.append(f"{expected} does not fire")
    unused = {it for it in in_sources if it not in metrics_of(" ".join(query for _, query in questions()).replace("_bucket", ""))}
    for metric in unused:
        problems.append(f"{metric}: no panel shows it")
    for metric in sorted(absent):
        print(f"not provoked: {metric} ({NOT_PROVOKED.get(metric, 'unknown')})")
    print(f"{asked} questions, firing: {', '.join(firing)}")
    return problems


def main(binary):
    missing = [it for it in ["prometheus", "prometheus-node-exporter"] if not shutil.which(it)]
    if missing:
        raise SystemExit(f"missing: {' '.join(missing)}. Run: apt-get install --no-install-recommends {' '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(str(pathlib.Path(binary).resolve()), pathlib.Path(folder))
        since = time.time()
        try:
            import_guests(stage)
            stage.start_prometheus()
            stage.start("simulator", stage.binary, "simulator", "--config", "bellhop.toml")
            wait_for("the simulator", lambda: ask(stage.url("admin", "/_sim/summary"))[0] == 200)
            stage.start_up()
            mail(stage)
            knock(stage)
            problems = judge(stage, since)
        except SystemExit:
            print((stage.folder / "up.log").read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            stage.stop()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{0 if problems else 1} passed, {1 if problems else 0} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
