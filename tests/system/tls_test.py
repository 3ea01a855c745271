"""Every connection of the suite over TLS, verified against an authority of one's own (PostgreSQL, RabbitMQ,
Alertmanager, mail server, gateway, agent, checks); a server of another authority is not spoken to."""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import unittest

from tests.system.suite import BUILD, OPERATIONS, Process, Suite, eventually, http as call, running

KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split()


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(folder, name):
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl("req", "-x509", *KEY, "-days", 2, "-subj", f"/CN={name}", "-keyout", key, "-out", certificate)
    return certificate, key


def make_certificate(folder, authority):
    """For localhost, by name and by address. Lives two days, so that any account may read its key."""
    certificate, key, request = (folder / f"server.{end}" for end in ("pem", "key", "csr"))
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", *KEY, "-subj", "/CN=localhost", "-keyout", key, "-out", request)
    signed_by = ("-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial")
    openssl("x509", "-req", "-days", 2, *signed_by, "-in", request, "-extfile", names, "-out", certificate)
    key.chmod(0o644)
    return certificate, key


class TlsSuite(Suite):
    """The suite whose servers take TLS only."""

    def __init__(self):
        super().__init__()
        self.authority, self.authority_key = make_authority(self.folder, "authority")
        self.stranger, self.stranger_key = make_authority(self.folder, "stranger")
        self.certificate, self.key = make_certificate(
            self.folder, (self.authority, self.authority_key)
        )
        self.password_file = self.folder / "smtp-password"
        self.password_file.write_text("a password of the mail server")
        self.url = f"https://localhost:{self.port['gateway']}"
        os.environ["SSL_CERT_FILE"] = str(self.authority)  # what this test itself trusts

    def shown_by_agents(self):
        certificate, key = self.certificate, self.key
        return ("--ca-file", self.authority, "--client-certificate", certificate, "--client-key", key)

    def _prepare(self, name, *arguments, environment=None):
        if name == "mail":
            arguments += ("--certificate", self.certificate, "--key", self.key)
            arguments += ("--user", "monitron", "--password-file", self.password_file)
        if name == "nginx":
            environment = {
                **environment,
                "GATEWAY_TLS_CERTIFICATE": str(self.certificate),
                "GATEWAY_TLS_KEY": str(self.key),
                "GATEWAY_AGENTS_CA": str(self.authority),
            }
        super()._prepare(name, *arguments, environment=environment)

    def _adjust(self, name):
        folder = self.folder / name
        if name == "postgres":
            key = folder / "data/server.key"  # PostgreSQL wants it for itself
            shutil.copy(self.key, key)
            key.chmod(0o600)
            owner = (folder / "data").stat()
            os.chown(key, owner.st_uid, owner.st_gid)
            with open(folder / "data/monitron.conf", "a", encoding="utf-8") as settings:
                settings.write(f"ssl = on\nssl_cert_file = '{self.certificate}'\n")
            (folder / "data/pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        elif name == "rabbitmq":
            address = f"127.0.0.1:{self.port['rabbitmq']}"
            settings = folder / "etc/rabbitmq.conf"
            plain = f"listeners.tcp.default = {address}\n"
            assert plain in settings.read_text()
            secured = f"""listeners.tcp = none
listeners.ssl.default = {address}
ssl_options.certfile = {self.certificate}
ssl_options.keyfile = {self.key}
"""
            settings.write_text(settings.read_text().replace(plain, secured))
        elif name == "alertmanager":
            (folder / "web.yml").write_text(
                f"tls_server_config: {{cert_file: {self.certificate}, key_file: {self.key}}}\n"
            )

    def server_ready(self, name):
        if name == "alertmanager":
            return call("GET", f"https://localhost:{self.port[name]}/-/ready") is not None
        return super().server_ready(name)

    def alertmanager(self):
        return call("GET", f"https://localhost:{self.port['alertmanager']}/api/v2/alerts")

    def settings(self):
        settings = super().settings()
        trust = f"sslmode=verify-full&sslrootcert={self.authority}"
        self.database_url = self.database_url.replace("127.0.0.1", "localhost") + "?" + trust
        broker = settings["RABBITMQ_URL"].replace("amqp:", "amqps:").replace("127.0.0.1", "localhost")
        return {
            **settings,
            "DATABASE_URL": self.database_url,
            "RABBITMQ_URL": broker,
            "RABBITMQ_CA_FILE": str(self.authority),
            "EMAIL_HOST": "localhost",
            "EMAIL_USERNAME": "monitron",
            "EMAIL_PASSWORD": self.password_file.read_text(),
            "MONITRON_EMAIL_TLS": "starttls",
            "MONITRON_EMAIL_CA_FILE": str(self.authority),
            "ALERTMANAGER_URL": f"https://localhost:{self.port['alertmanager']}/api/v1/alerts",
            "MONITRON_ALERTMANAGER_CA_FILE": str(self.authority),
            "MONITRON_CHECKER_CA_FILE": str(self.authority),
        }


SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(TlsSuite())


class Tls(unittest.TestCase):
    def test_all_that_is_said_is_said_over_tls(self):
        """S-13. The main job, from the agent and a check to both people and Alertmanager."""
        server = SUITE.start_agent(options=SUITE.shown_by_agents())
        seen = f"/metrics?server_id={server}&metric_type=cpu&limit=1"
        eventually(20, lambda: SUITE.api("GET", seen)["items"], "the CPU")
        check = {
            "name": "the gateway",
            "kind": "http",
            "target": SUITE.url + "/health",
            "interval_seconds": 1,
            "timeout_seconds": 1,
        }
        path = f"/checks/{SUITE.api('POST', '/checks', check)['id']}"
        eventually(20, lambda: SUITE.api("GET", path)["status"] == "up", "up over https")
        down = {
            "name": "nobody",
            "kind": "tcp",
            "target": "127.0.0.1:1",
            "interval_seconds": 1,
            "timeout_seconds": 1,
            "failures_before_down": 1,
        }
        SUITE.api("POST", "/checks", down)
        eventually(30, lambda: "nobody" in str(SUITE.alertmanager()), "Alertmanager")
        eventually(30, lambda: [x for x in SUITE.letters(OPERATIONS) if "nobody" in x["subject"]], "mail")

    def test_a_certificate_is_described(self):
        """M-121 … M-123, M-125, M-127: of a server that speaks TLS when asked, warned of at marks of one's own."""
        check = {
            "kind": "tls",
            "target": f"localhost:{SUITE.port['postgres']}",
            "interval_seconds": 10,
            "settings": {"tls": {"starttls": "postgresql", "warning_days": [3, 10]}},
        }
        path = f"/checks/{SUITE.api('POST', '/checks', check)['id']}"
        last = eventually(30, lambda: SUITE.api("GET", path)["last_result"], "a result")
        self.assertEqual(last["status"], "up", last)
        self.assertIn("certificate expires in 1 day", last["reason"])
        self.assertEqual(last["values"]["probe_ssl_expiry_warning_days"], 3)
        self.assertEqual(last["values"]["probe_ssl_verified"], 1)
        detail = last["detail"]
        self.assertEqual(detail["certificate_issuer"], "CN=authority")
        self.assertEqual(detail["certificate_common_name"], "localhost")
        leaf = json.loads(detail["certificate_chain"])[0]
        self.assertEqual(leaf["names"], ["localhost", "127.0.0.1"])
        told = subprocess.check_output(
            ["openssl", "x509", "-in", SUITE.certificate, "-noout", "-serial", "-fingerprint", "-sha256"],
            text=True,
        )
        serial, digest = (line.partition("=")[2].replace(":", "") for line in told.splitlines())
        self.assertEqual((leaf["serial"], leaf["sha256"]), (serial, digest.lower()))
        for member in ("key", "signature", "not_before", "not_after"):
            self.assertTrue(leaf[member], member)
        SUITE.api("DELETE", path)

    def test_agents_show_a_certificate_and_people_need_none(self):
        """M-057. Mutual TLS: no certificate and that of another authority are the same, a 403 that says so, so
        that agents keep what they have; who shows none may do all else."""

        def status(path, shown):
            context = ssl.create_default_context(cafile=SUITE.authority)
            if shown:
                context.load_cert_chain(*shown)
            connection = http.client.HTTPSConnection("localhost", SUITE.port["gateway"], context=context)
            self.addCleanup(connection.close)
            connection.request("POST", path, body=b"{}", headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 403:
                self.assertIn("show a certificate", json.loads(text)["detail"])
            return answer.status

        none, own = (), (SUITE.certificate, SUITE.key)
        stranger = (SUITE.stranger, SUITE.stranger_key)
        for path in ("telemetry", "agents/enrol", "agents/self/configuration", "agents//enrol"):
            for shown in (none, stranger):
                self.assertEqual(status("/api/v1/" + path, shown), 403, (path, shown))
        self.assertEqual(status("/api/v1/telemetry", own), 401)
        self.assertEqual(status("/api/v1/agents/enrol", own), 400)
        self.assertEqual(status("/api/v1/checks", none), 401)

    def test_a_server_of_another_authority_is_not_spoken_to(self):
        """S-13."""
        settings = SUITE.settings()
        database = settings["DATABASE_URL"].replace(str(SUITE.authority), str(SUITE.stranger))
        for role, other in (
            ("postgres", {"DATABASE_URL": database}),
            ("rabbitmq", {"RABBITMQ_CA_FILE": str(SUITE.stranger)}),
        ):
            with self.subTest(role):
                self._is_not_ready(role, {**settings, **other})

    def _is_not_ready(self, role, settings):
        log = SUITE.folder / f"stranger-{role}.log"
        address = f"127.0.0.1:{SUITE.port['site']}"
        environment = {**settings, "PATH": os.environ["PATH"], "MONITRON_REPORT_PROBES_ADDRESS": address}
        program = Process([BUILD / "bin/monitron-report"], log, environment, SUITE.folder / "empty")
        program.start()
        self.addCleanup(program.kill)
        eventually(20, lambda: re.search("cert.* verif", log.read_text()), "the refusal")
        eventually(20, lambda: f"{role} not ready" in self._readiness(address), "the word of it")
        program.kill()

    @staticmethod
    def _readiness(address):
        try:
            return call("GET", f"http://{address}/readyz?verbose").decode()
        except AssertionError as problem:  # its status is 503
            return problem.body


if __name__ == "__main__":
    unittest.main()
