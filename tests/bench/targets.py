"""What checks are measured against: nginx and NSD on many addresses of loopback, as the targets of real checks
are many hosts, and blackbox_exporter, which is asked for the same checks."""

import contextlib
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

ADDRESSES = [f"127.0.0.{i}" for i in range(1, 251)]

NGINX = """
daemon off; worker_processes 2; worker_rlimit_nofile 20000; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{ listen {http} backlog=4096; location / {{ return 200 "ok\\n"; }}
            location = /status {{ stub_status; }} }}
  server {{ listen {tls} ssl backlog=4096; ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
            ssl_session_tickets off; location / {{ return 200 "ok\\n"; }} }}
}}
"""
NSD = """
server:
{addresses}
  username: ""
  chroot: ""
  zonesdir: "{dir}"
  xfrdir: "{dir}"
  xfrdfile: "{dir}/xfrd"
  zonelistfile: "{dir}/zones"
  pidfile: ""
  database: ""
  cookie-secret-file: ""
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: example.test
  zonefile: zone
"""
ZONE = """$ORIGIN example.test.
@ 600 IN SOA ns host 1 7200 3600 1209600 300
@ 600 IN NS ns
ns 600 IN A 127.0.0.1
www 600 IN A 192.0.2.1
"""
EXPORTER = """modules:
  http: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } }
  tcp: { prober: tcp, timeout: 5s }
  icmp: { prober: icmp, timeout: 5s, icmp: { preferred_ip_protocol: ip4 } }
  dns: { prober: dns, timeout: 5s, dns: { query_name: www.example.test, query_type: A, preferred_ip_protocol: ip4 } }
  tls: { prober: tcp, timeout: 5s, tcp: { tls: true, tls_config: { insecure_skip_verify: true } } }
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def await_port(port, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody listens on port {port}")
        time.sleep(0.05)


def version_of(*command):
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return re.search(r"(\d+\.)+\d+", told.stdout + told.stderr).group()


class Targets:
    """Started by entering it; everything ends with it."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.folder.chmod(0o755)
        self.port = {name: free_port() for name in ("http", "tls", "dns", "exporter")}
        self._running = []
        self._nginx()
        self._nsd()
        for name in ("http", "tls", "dns"):
            await_port(self.port[name])
        return self

    def __exit__(self, *_):
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait()
        self._folder.cleanup()

    def run(self, *command, environment=None):
        log = open(self.folder / f"{pathlib.Path(command[0]).name}.log", "ab")
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._running.append(process)
        return process

    def _write(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def _nginx(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "90", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=" + ",".join(f"IP:{one}" for one in ADDRESSES),
             "-keyout", self.folder / "key.pem", "-out", self.certificate],
            check=True, capture_output=True)  # fmt: skip
        # One socket for all of them: 250 are not a server's usual work.
        text = NGINX.format(dir=self.folder, http=self.port["http"], tls=self.port["tls"])
        self.run("nginx", "-c", self._write("nginx.conf", text), "-e", str(self.folder / "error.log"))

    def _nsd(self):
        lines = "\n".join(f"  ip-address: {one}@{self.port['dns']}" for one in ADDRESSES)
        self._write("zone", ZONE)
        config = self._write("nsd.conf", NSD.format(dir=self.folder, addresses=lines))
        self.run("nsd", "-d", "-c", config)

    @property
    def certificate(self):
        return str(self.folder / "cert.pem")

    def exporter(self):
        """One thread of Go at a time: more would only wake each other, and cost more."""
        process = self.run(
            "prometheus-blackbox-exporter",
            "--config.file=" + self._write("exporter.yml", EXPORTER),
            f"--web.listen-address=127.0.0.1:{self.port['exporter']}",
            environment={"GOMAXPROCS": "1"},
        )
        await_port(self.port["exporter"])
        return process

    def connections(self):
        """How many were made to the target of HTTP and TCP checks so far."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port['http']}/status", timeout=5) as page:
            return int(page.read().split(b"\n")[2].split()[0])

    def of(self, kind):
        """The target of each address, as checks of ours name it."""
        form = {
            "http": f"http://{{}}:{self.port['http']}/",
            "tcp": f"{{}}:{self.port['http']}",
            "tls": f"{{}}:{self.port['tls']}",
            "dns": f"www.example.test@{{}}:{self.port['dns']}",
            "icmp": "{}",
        }[kind]
        return [form.format(one) for one in ADDRESSES]
