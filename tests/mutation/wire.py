"""HTTP/1.1 as bytes: what a library would mend or refuse to send is sent as it is."""

import gzip
import shlex
import socket
from dataclasses import dataclass, field

SECONDS = 40


@dataclass
class Request:
    method: str
    target: str  # with the query, as it is sent
    headers: list = field(default_factory=list)
    body: bytes | None = None

    def head(self):
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: monitron.example"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def curl(self, token_name):
        """A line for a shell that repeats it; $TOKEN_… stands for whose token it was."""
        words = ["curl", "-sSi", "--path-as-is", "-X", self.method]
        for name, value in self.headers:
            if name == "Authorization":
                words += ["-H", f'"Authorization: Bearer ${token_name}"']
            else:
                words += ["-H", shlex.quote(f"{name}: {value}")]
        if self.body is not None:
            words += ["--data-binary", "@-"]
        words.append('"$MONITRON_URL"' + shlex.quote(self.target))
        line = " ".join(words)
        if self.body is None:
            return line
        text = "".join(chr(b) if 32 <= b < 127 and b not in b"'\\" else f"\\{b:03o}" for b in self.body)
        return f"printf '{text.replace('%', '%%')}' | {line}"


@dataclass
class Answer:
    status: int
    headers: dict  # lower case names
    body: bytes

    @property
    def kind(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Connection:
    """One after the other, over one connection as long as it lasts."""

    def __init__(self, host, port):
        self._address = (host, port)
        self._socket = None
        self._rest = b""

    def ask(self, request):
        message = request.head() + (request.body or b"")
        for attempt in (1, 2):
            fresh = self._socket is None
            try:
                if fresh:
                    self._open()
                try:
                    self._socket.sendall(message)
                except (BrokenPipeError, ConnectionResetError):
                    if not fresh:
                        raise
                    # Refused while it was sent: the answer may be there.
                return self._read(request.method)
            except (EOFError, ConnectionError):
                self.close()
                # An idle connection may be closed by the server at any time.
                if fresh or attempt == 2:
                    raise

    def _open(self):
        self._socket = socket.create_connection(self._address, SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def close(self):
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _more(self):
        part = self._socket.recv(262144)
        if not part:
            raise EOFError("the connection was closed without an answer")
        self._rest += part

    def _until(self, mark):
        while mark not in self._rest:
            self._more()
        found, self._rest = self._rest.split(mark, 1)
        return found

    def _bytes(self, count):
        while len(self._rest) < count:
            self._more()
        found, self._rest = self._rest[:count], self._rest[count:]
        return found

    def _read(self, method):
        while True:
            first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(first.split(" ")[1])
            if status >= 200 or status == 101:
                break
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if method == "HEAD" or status in (101, 204, 304):
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks()
        else:
            body = self._bytes(int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body) if body else body
        if headers.get("connection", "").lower() == "close" or status == 101:
            self.close()
        return Answer(status, headers, body)

    def _chunks(self):
        parts = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            parts.append(self._bytes(size))
            self._until(b"\r\n")
        self._until(b"\r\n")
        return b"".join(parts)
