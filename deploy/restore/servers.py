"""Private PostgreSQL, RabbitMQ and Redis in a folder, for restore-test.py: on free ports of 127.0.0.1, ended with the folder."""

import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def wait_for(what, condition, seconds=90):
    """Asks until it is so; nothing here sleeps for a time and hopes."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if condition():
                return
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for: {what}")
        time.sleep(0.2)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def own_account(user, folder):
    """PostgreSQL refuses root: with root's rights a server gets its own user."""
    if os.getuid() != 0:
        return {}
    told = pwd.getpwnam(user)
    subprocess.run(["chown", "-R", f"{told.pw_uid}:{told.pw_gid}", str(folder)], check=True)
    return {"user": told.pw_uid, "group": told.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]).parent
        for name in ["archive", "dump"]:
            (folder / name).mkdir(parents=True)
        self.account = own_account("postgres", folder)
        self.run("initdb", "--auth=trust", "--username=bellhop", "--encoding=UTF8", "--locale=C.UTF-8", "-D", folder / "data")
        self.configure(folder / "data")

    def run(self, program, *words):
        command = [str(self.bin / program), *map(str, words)]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder, **self.account).stdout

    def configure(self, data, extra=""):
        archive = self.folder / "archive"
        text = f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nwal_level = replica\narchive_mode = on\n"
        text += f"archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'\narchive_timeout = 5\n{extra}"
        with open(data / "postgresql.conf", "a") as file:
            file.write(text)

    def start(self, data="data"):
        log = open(self.folder / "log", "a")
        command = [str(self.bin / "postgres"), "-D", str(self.folder / data)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self.account)
        wait_for("PostgreSQL", lambda: self.sql("SELECT NOT pg_is_in_recovery()", "postgres") == "t")

    def sql(self, text, database="bellhop"):
        return self.run("psql", "-h", "127.0.0.1", "-p", self.port, "-U", "bellhop", "-d", database, "-Atqc", text).strip()

    def stop(self, signal="immediate"):
        if self.process and self.process.poll() is None:
            # SIGQUIT is PostgreSQL's crash.
            (self.process.send_signal(3) if signal == "immediate" else self.process.terminate())
            self.process.wait(60)

    def url(self):
        return f"postgres://bellhop@127.0.0.1:{self.port}/bellhop"


class Redis:
    def __init__(self, folder):
        folder.mkdir()
        self.port = free_port()
        log = open(folder / "log", "w")
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for("Redis", lambda: answers(self.port))

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"


class RabbitMq:
    def __init__(self, folder):
        folder.mkdir()
        self.port, nodes, self.names = free_port(), free_port(), free_port()
        for name, text in {
            "rabbitmq.conf": f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 50MB\n",
            "rabbitmq-env.conf": "",
            "advanced.config": "[].\n",
            "enabled_plugins": "[].\n",
        }.items():
            (folder / name).write_text(text)
        self.node = f"restore-{self.port}@localhost"
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_DIST_PORT": str(nodes),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.account = account = own_account("rabbitmq", folder)
        log = open(folder / "log", "w")
        named = ["epmd", "-port", str(self.names), "-address", "127.0.0.1"]
        self.epmd = subprocess.Popen(named, env=self.environment, stdout=log, stderr=log, **account)
        wait_for("epmd", lambda: answers(self.names))
        self.process = subprocess.Popen(["/usr/lib/rabbitmq/bin/rabbitmq-server"], env=self.environment, stdout=log, stderr=log,
                                        start_new_session=True, cwd=folder, **account)
        wait_for("RabbitMQ", lambda: answers(self.port))

    def queued(self):
        """How many tasks lie in the queues."""
        command = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", self.node, "--quiet", "list_queues", "messages", "--no-table-headers"]
        told = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, **self.account).stdout
        return sum(int(it) for it in told.split())

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        self.epmd.kill()
        self.epmd.wait()

    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2f"


def missing():
    lacking = [] if glob.glob("/usr/lib/postgresql/*/bin/initdb") else ["postgresql"]
    lacking += [] if os.path.exists("/usr/lib/rabbitmq/bin/rabbitmq-server") else ["rabbitmq-server"]
    return lacking + [package for program, package in {"redis-server": "redis-server", "sqlite3": "sqlite3"}.items() if not shutil.which(program)]


if __name__ == "__main__":
    sys.exit(__doc__)
