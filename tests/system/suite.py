"""The whole suite as built programs with real servers, in a folder and on ports of its own."""

import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MONITRON_BUILD", TOP / "build/dev"))
TOOLS = TOP / "tools/servers"
ADMIN = {"email": "admin@monitron.example", "password": "correct horse battery staple"}
OPERATIONS = "operations@monitron.example"


def eventually(seconds, look, what="the condition"):
    """The first true answer of `look`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            answer = look()
            if answer:
                return answer
        except (OSError, AssertionError, KeyError, IndexError, ValueError) as problem:
            last = problem
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come in {seconds} s ({last})")
        time.sleep(0.05)


class HttpError(AssertionError):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:500]}")
        self.status = status
        self.body = body


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http(method, url, body=None, headers=None, timeout=10):
    """The answer's body, parsed when it is JSON."""
    data = body
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        data = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            raw = answer.read()
            kind = answer.headers.get("Content-Type", "")
    except urllib.error.HTTPError as problem:
        raise HttpError(problem.code, problem.read().decode(errors="replace")) from problem
    return json.loads(raw) if "json" in kind and raw else raw


class Process:
    """A program that can be killed and started again; its output goes to a file."""

    def __init__(self, arguments, log, environment=None, folder=None):
        self._arguments = [str(one) for one in arguments]
        self._log = log
        self._environment = environment
        self._folder = folder
        self._process = None

    def start(self):
        with open(self._log, "ab") as out:
            self._process = subprocess.Popen(
                self._arguments,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=self._environment,
                cwd=self._folder,
                start_new_session=True,
            )

    def alive(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait(20)

    def terminate(self, seconds=20):
        """Asks it to end; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    @property
    def pid(self):
        return self._process.pid


class Suite:
    def __init__(self, more_settings=None):
        self.more_settings = more_settings or {}  # of all programs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="monitron-suite-"))
        self.folder.chmod(0o755)
        self.scripts = self.folder / "scripts"  # that checks may run
        self.scripts.mkdir(0o755)
        base = int(subprocess.check_output([TOOLS / "free_ports", "36"]))
        names = (
            "gateway api stream api_probes ingest ingest_probes checker_probes notifier_probes "
            "report_probes agent_probes postgres alertmanager smtp mail site query "
            "alertmanager2 cluster cluster2"
        ).split()
        self.port = {name: base + i for i, name in enumerate(names)}
        self.port["rabbitmq"] = base + 20
        self.url = f"http://127.0.0.1:{self.port['gateway']}"
        self.servers = {}
        self.programs = {}
        self._token = None
        atexit.register(self.close)

    # -- servers

    def _prepare(self, name, *arguments, environment=None, tool=None):
        """Of a tool there may be several servers, each with a name of its own."""
        tool = TOOLS / (tool or name)
        subprocess.run(
            [tool, "prepare", self.folder / name, *map(str, arguments)],
            check=True,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
        )
        self._adjust(name)
        self.servers[name] = Process(
            [tool, "run", self.folder / name], self.folder / f"{name}.log"
        )
        self.servers[name].start()

    def _adjust(self, name):
        """What a story changes in a server that is prepared and does not run yet."""

    def server_ready(self, name):
        done = subprocess.run(
            [TOOLS / name, "ready", self.folder / name],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return done.returncode == 0

    def _ask(self, name, what):
        return subprocess.check_output([TOOLS / name, what, self.folder / name], text=True).strip()

    def start_servers(self):
        port = self.port
        self._prepare("rabbitmq", port["rabbitmq"])
        self._prepare("postgres", port["postgres"])
        self._prepare("alertmanager", port["alertmanager"], self._alertmanager_settings())
        self._prepare("mail", port["smtp"], port["mail"])
        web = self.folder / "web"
        web.mkdir()
        (web / "index.html").write_text("<!doctype html>")
        self._prepare(
            "nginx",
            environment={
                "GATEWAY_LISTEN": f"127.0.0.1:{port['gateway']}",
                "WEB_ROOT": "../web",
                "API_ADDRESS": f"127.0.0.1:{port['api']}",
                "QUERY_ADDRESS": f"127.0.0.1:{port['query']}",
                "STREAM_ADDRESS": f"127.0.0.1:{port['stream']}",
                "INGEST_ADDRESS": f"127.0.0.1:{port['ingest']}",
            },
        )
        for name in self.servers:
            eventually(120, lambda name=name: self.server_ready(name), name)

    def _alertmanager_settings(self):
        path = self.folder / "alertmanager.yml"
        path.write_text(
            (TOP / "docker/alertmanager.yml")
            .read_text()
            .replace("mail:1025", f"127.0.0.1:{self.port['smtp']}")
            .replace("group_interval: 10s", "group_interval: 1s")
        )
        path.chmod(0o644)
        return path

    def kill_server(self, name):
        # PostgreSQL's children and RabbitMQ's node are no group of the script's own making.
        pid_file = {"rabbitmq": "rabbitmq/pid", "postgres": "postgres/data/postmaster.pid"}[name]
        try:
            os.kill(int((self.folder / pid_file).read_text().split()[0]), signal.SIGKILL)
        except (OSError, IndexError):
            pass
        self.servers[name].kill()

    def signal_postgres(self, number):
        """To the postmaster and all its children; SIGSTOP: it keeps its connections and says nothing."""
        postmaster = (self.folder / "postgres/data/postmaster.pid").read_text().split()[0]
        children = subprocess.run(
            ["pgrep", "--parent", postmaster], capture_output=True, text=True, check=False
        )
        for pid in (postmaster, *children.stdout.split()):
            try:
                os.kill(int(pid), number)
            except ProcessLookupError:
                pass

    def start_server(self, name):
        self.servers[name].start()

    # -- programs

    def settings(self):
        return {**self._settings(), **self.more_settings}

    def _settings(self):
        port = self.port
        admin = self._ask("postgres", "url").replace("postgres?", "monitron?")
        head, tail = admin.split("//", 1)
        account, rest = tail.split("@", 1)
        address = rest.split("/", 1)[0]
        self.database_url = f"{head}//{account}@{address}/monitron"
        return {
            "DATABASE_URL": self.database_url,
            "RABBITMQ_URL": self._ask("rabbitmq", "url"),
            "JWT_SECRET": "a secret of this one test run, long enough",
            "ENCRYPTION_KEY": "0123456789abcdef0123456789abcdeX",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(port["smtp"]),
            "EMAIL_FROM": "Monitron <monitron@monitron.example>",
            "MONITRON_EMAIL_TLS": "none",
            "MONITRON_NOTIFIER_EMAIL_TO": OPERATIONS,
            "MONITRON_PUBLIC_URL": self.url,
            "ALERTMANAGER_URL": f"http://127.0.0.1:{port['alertmanager']}/api/v1/alerts",
            "PORT": str(port["gateway"]),
            "ADMIN_EMAIL": ADMIN["email"],
            "ADMIN_PASSWORD": ADMIN["password"],
            "MONITRON_API_ADDRESS": f"127.0.0.1:{port['api']}",
            "MONITRON_API_QUERY_ADDRESS": f"127.0.0.1:{port['query']}",
            "MONITRON_API_STREAM_ADDRESS": f"127.0.0.1:{port['stream']}",
            "MONITRON_API_PROBES_ADDRESS": f"127.0.0.1:{port['api_probes']}",
            "MONITRON_INGEST_ADDRESS": f"127.0.0.1:{port['ingest']}",
            "MONITRON_INGEST_PROBES_ADDRESS": f"127.0.0.1:{port['ingest_probes']}",
            "MONITRON_CHECKER_PROBES_ADDRESS": f"127.0.0.1:{port['checker_probes']}",
            "MONITRON_CHECKER_SCRIPTS_DIR": str(self.scripts),
            # Root could read everything: let scripts be somebody.
            **({"MONITRON_CHECKER_SCRIPTS_USER": "irc"} if os.geteuid() == 0 else {}),
            "MONITRON_NOTIFIER_PROBES_ADDRESS": f"127.0.0.1:{port['notifier_probes']}",
            "MONITRON_REPORT_PROBES_ADDRESS": f"127.0.0.1:{port['report_probes']}",
        }

    def start_programs(self, *names, binaries=None):
        """All five when none is named. `binaries` replaces programs by others."""
        self._make_database()
        for name in names or ("api", "ingest", "checker", "notifier", "report"):
            self.start_program(name, (binaries or {}).get(name, f"bin/monitron-{name}"))
        if not names:
            eventually(60, lambda: http("GET", self.url + "/readyz"), "the suite")

    def start_program(self, name, binary, options=(), settings=None):
        """With the suite's settings and these."""
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.settings()}
        environment.update(settings or {})
        self.programs[name] = Process(
            [BUILD / binary, *options], self.folder / f"{name}.log", environment, empty
        )
        self.programs[name].start()

    def _make_database(self):
        admin = self._ask("postgres", "url")
        subprocess.run(
            ["psql", "-q", "-X", admin, "-c", "CREATE DATABASE monitron"],
            check=False,
            stderr=subprocess.DEVNULL,
        )
        subprocess.run(
            [BUILD / "bin/monitron-migrate", "up"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": self.settings()["DATABASE_URL"]},
        )

    def start_agent(self, interval=1, options=()):
        token = self.api("POST", "/enrolment-tokens", {"name": "test"})["token"]
        state = self.folder / "agent"
        state.mkdir(exist_ok=True)
        arguments = [
            BUILD / "bin/monitron-agent",
            "--server", self.url,
            "--enrolment-token", token,
            "--state-dir", state,
            "--interval", interval,
            "--probes-address", f"127.0.0.1:{self.port['agent_probes']}",
            *options,
        ]  # fmt: skip
        environment = {"PATH": os.environ["PATH"]}
        self.programs["agent"] = Process(arguments, self.folder / "agent.log", environment)
        self.programs["agent"].start()
        eventually(
            20, lambda: http("GET", f"http://127.0.0.1:{self.port['agent_probes']}/readyz"), "agent"
        )
        return eventually(20, lambda: self.api("GET", "/servers")["items"], "registration")[0]["id"]

    # -- asking

    def token(self):
        """Of an administrator who is signed in."""
        if self._token is None or time.monotonic() > self._token[1]:
            answer = http("POST", self.url + "/api/v1/auth/login", ADMIN)
            self._token = (answer["access_token"], time.monotonic() + answer["expires_in"] / 2)
        return self._token[0]

    def api(self, method, path, body=None, headers=None):
        headers = {"Authorization": "Bearer " + self.token(), **(headers or {})}
        return http(method, self.url + "/api/v1" + path, body, headers)

    def sql(self, query):
        """Rows as lists of text."""
        out = subprocess.check_output(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", self.database_url, "-c", query], text=True
        )
        return [line.split("\t") for line in out.splitlines()]

    def lock_table(self, table):
        """Statements that read it wait, until the answer is called."""
        locker = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", self.database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        locker.stdin.write(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT 'locked';\n")
        locker.stdin.flush()
        if locker.stdout.readline().strip() != "locked":
            raise AssertionError(f"{table} was not locked")

        def unlock():
            if locker.poll() is None:
                locker.communicate("ROLLBACK;\n", timeout=20)

        return unlock

    def letters(self, recipient=OPERATIONS):
        letters = http("GET", f"http://127.0.0.1:{self.port['mail']}/email")
        return [one for one in letters if recipient in json.dumps(one)]

    def letter(self, key):
        return http("GET", f"http://127.0.0.1:{self.port['mail']}/email/{key}")

    def alertmanager(self):
        return http("GET", f"http://127.0.0.1:{self.port['alertmanager']}/api/v2/alerts")

    def close(self):
        atexit.unregister(self.close)
        for process in list(self.programs.values()):
            process.kill()
        # Ours to reap: the scripts below would wait for what has ended but was not reaped.
        for name in ("rabbitmq", "postgres"):
            if name in self.servers:
                self.kill_server(name)
                subprocess.run(
                    [TOOLS / name, "stop", self.folder / name],
                    check=False,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        for process in self.servers.values():
            process.kill()
        if os.environ.get("MONITRON_KEEP"):
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def running(suite):
    """The suite with all that it starts, until the tests of a module are over."""
    unittest.addModuleCleanup(suite.close)
    suite.start_servers()
    suite.start_programs()
    return suite
