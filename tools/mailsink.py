#!/usr/bin/python3
"""A mail sink: takes every message by SMTP, keeps it in a Maildir and shows it on a web page.

Nothing it takes is ever sent on. GET / lists the messages, /message/ID shows one, /email is the
same list as JSON for tests, /email/ID one message, DELETE /email forgets them all.
"""

import argparse
import asyncio
import email
import email.policy
import hashlib
import hmac
import html
import http.server
import json
import mailbox
import os
import pathlib
import re
import signal
import socket
import ssl
import threading
import urllib.parse

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

# Message texts come from anywhere: pages run no script, and an HTML part is shown without rights.
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"
)
HTML_PART_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid #8884}pre{white-space:pre-wrap;overflow-wrap:anywhere}iframe{width:100%;height:32rem;
border:1px solid #8884;background:#fff}dt{float:left;width:5rem;opacity:.7}dd{margin-left:6rem}a{color:inherit}"""


class Store:
    """The messages, oldest first. Threads: any (one lock)."""

    def __init__(self, path, limit):
        for folder in ("cur", "new", "tmp"):
            pathlib.Path(path, folder).mkdir(parents=True, exist_ok=True)
        self._box = mailbox.Maildir(path, factory=None, create=True)
        self._limit = limit
        self._lock = threading.Lock()

    def add(self, content):
        with self._lock:
            self._box.add(content)
            for key in self._keys()[: -self._limit]:
                self._box.discard(key)

    def newest_first(self):
        with self._lock:
            return [self._summary(key) for key in reversed(self._keys())]

    def message(self, key):
        """The parsed message, or None."""
        with self._lock:
            try:
                return email.message_from_bytes(
                    self._box.get_bytes(key), policy=email.policy.default
                )
            except KeyError:
                return None

    def clear(self):
        with self._lock:
            self._box.clear()

    def _keys(self):
        return sorted(self._box.keys(), key=self._age)

    @staticmethod
    def _age(key):
        seconds, rest = key.split(".", 1)
        fraction = re.search(r"M(\d+)P\d+(?:Q(\d+))?", rest)
        return (
            (int(seconds), *(int(part or 0) for part in fraction.groups()))
            if fraction
            else (int(seconds), 0, 0)
        )

    def _summary(self, key):
        message = email.message_from_bytes(self._box.get_bytes(key), policy=email.policy.default)
        return {"id": key, **described(message)}


def described(message):
    """The headers that people look at, as text."""
    names = {
        "from": "From",
        "to": "To",
        "subject": "Subject",
        "date": "Date",
        "message_id": "Message-ID",
    }
    return {field: str(message.get(name, "")) for field, name in names.items()}


def body(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""


def attachments(message):
    """All attached parts, also of messages whose structure is unusual."""
    return [part for part in message.walk() if part.get_content_disposition() == "attachment"]


def as_json(key, message):
    files = [
        {
            "file_name": part.get_filename() or "",
            "content_type": part.get_content_type(),
            "size_bytes": len(part.get_payload(decode=True) or b""),
        }
        for part in attachments(message)
    ]
    return {
        "id": key,
        **described(message),
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": body(message, "plain"),
        "html": body(message, "html"),
        "attachments": files,
    }


def page(title, content):
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style><body><h1>{html.escape(title)}</h1>{content}"
    ).encode()


def list_page(messages):
    rows = "".join(
        f"<tr><td>{html.escape(m['date'])}<td>{html.escape(m['to'])}"
        f"<td><a href='/message/{urllib.parse.quote(m['id'], safe='')}'>{html.escape(m['subject'] or '(no subject)')}</a>"
        for m in messages
    )
    return page(
        "Mail", f"<table><tr><th>Date<th>To<th>Subject{rows}</table>" if rows else "<p>No mail yet."
    )


def message_page(key, message):
    shown = described(message)
    link = f"/message/{urllib.parse.quote(key, safe='')}"
    content = (
        "<p><a href='/'>All mail</a><dl>"
        + "".join(
            f"<dt>{name}<dd>{html.escape(shown[name])}&nbsp;" for name in ("from", "to", "date")
        )
        + "</dl>"
    )
    for number, part in enumerate(attachments(message)):
        content += f"<p>Attached: <a href='{link}/attachment/{number}'>{html.escape(part.get_filename() or 'file')}</a>"
    if body(message, "html"):
        content += f"<iframe sandbox title='HTML part' src='{link}/html'></iframe>"
    content += f"<pre>{html.escape(body(message, 'plain'))}</pre>"
    return page(shown["subject"] or "(no subject)", content)


class Web(http.server.BaseHTTPRequestHandler):
    """The pages and the JSON of one Store."""

    store = None
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        steps = [urllib.parse.unquote(step) for step in path.strip("/").split("/")]
        if steps == [""]:
            return self.answer(200, list_page(self.store.newest_first()))
        if steps == ["email"]:
            return self.answer_json(self.store.newest_first())
        if len(steps) < 2 or steps[0] not in ("email", "message"):
            return self.missing()
        message = self.store.message(steps[1])
        if message is None:
            return self.missing()
        if steps[0] == "email" and len(steps) == 2:
            return self.answer_json(as_json(steps[1], message))
        if steps[0] == "message" and len(steps) == 2:
            return self.answer(200, message_page(steps[1], message))
        if steps[2:] == ["html"]:
            return self.answer(200, body(message, "html").encode(), policy=HTML_PART_POLICY)
        return self.attachment(message, steps[2:])

    def do_DELETE(self):
        if self.path != "/email":
            return self.missing()
        self.store.clear()
        return self.answer(204, b"")

    def attachment(self, message, steps):
        files = attachments(message)
        if (
            len(steps) != 2
            or steps[0] != "attachment"
            or not steps[1].isdigit()
            or int(steps[1]) >= len(files)
        ):
            return self.missing()
        part = files[int(steps[1])]
        name = urllib.parse.quote(part.get_filename() or "file", safe="")
        return self.answer(
            200,
            part.get_payload(decode=True) or b"",
            kind="application/octet-stream",
            disposition=f"attachment; filename*=UTF-8''{name}",
        )

    def missing(self):
        self.answer(404, page("Not found", "<p><a href='/'>All mail</a>"))

    def answer_json(self, value):
        self.answer(200, json.dumps(value).encode(), kind="application/json")

    def answer(
        self, status, content, kind="text/html; charset=utf-8", policy=PAGE_POLICY, disposition=None
    ):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Listener(Controller):
    def _trigger_server(self):
        """A first connection, which shows that it works. aiosmtpd would make it with the context of
        the server, which Python forbids."""
        if self.ssl_context is None:
            super()._trigger_server()
            return
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection((self.hostname, self.port), 5) as plain:
            with context.wrap_socket(plain) as connection:
                connection.recv(100)


class Smtp:
    """Receives messages; aiosmtpd calls it on its own thread."""

    def __init__(self, store):
        self._store = store

    async def handle_DATA(self, _server, session, envelope):
        # Bcc has only the envelope to tell of it.
        origin = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        content = origin.encode("utf-8", "replace") + envelope.original_content
        await asyncio.get_running_loop().run_in_executor(None, self._store.add, content)
        print(f"mail from {session.peer[0]} to {', '.join(envelope.rcpt_tos)}", flush=True)
        return "250 Message accepted for delivery"


def login_check(user, password):
    def check(_server, _session, _envelope, _mechanism, given):
        right = isinstance(given, LoginPassword) and hmac.compare_digest(
            hashlib.sha256(given.login + b"\0" + given.password).digest(),
            hashlib.sha256(user.encode() + b"\0" + password.encode()).digest(),
        )
        return AuthResult(success=right, handled=False)

    return check


def smtp_options(arguments):
    options = {"data_size_limit": 32 << 20, "enable_SMTPUTF8": True, "ident": "Monitron mail sink"}
    if arguments.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate, arguments.key)
        if arguments.tls_at_once:
            options.update(ssl_context=context)
        else:
            options.update(tls_context=context, require_starttls=True)
    if arguments.user:
        password = pathlib.Path(arguments.password_file).read_text(encoding="utf-8").strip()
        options.update(
            authenticator=login_check(arguments.user, password),
            auth_required=True,
            auth_require_tls=bool(arguments.certificate) and not arguments.tls_at_once,
        )
    return options


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--maildir", required=True)
    parser.add_argument("--smtp", type=address, default=("127.0.0.1", 21025))
    parser.add_argument("--web", type=address, default=("127.0.0.1", 21080))
    parser.add_argument("--limit", type=int, default=1000, help="messages kept")
    parser.add_argument("--certificate", help="PEM file; STARTTLS is then demanded")
    parser.add_argument("--key")
    parser.add_argument("--tls-at-once", action="store_true", help="TLS instead of STARTTLS")
    parser.add_argument("--user", help="AUTH with this name is then demanded")
    parser.add_argument("--password-file")
    arguments = parser.parse_args()

    Web.store = Store(arguments.maildir, arguments.limit)
    smtp = Listener(
        Smtp(Web.store),
        hostname=arguments.smtp[0],
        port=arguments.smtp[1],
        **smtp_options(arguments),
    )
    smtp.start()
    # The first process of a container has no default for it. A letter is in the folder whole or not at all.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    http.server.ThreadingHTTPServer(arguments.web, Web).serve_forever()


if __name__ == "__main__":
    main()
