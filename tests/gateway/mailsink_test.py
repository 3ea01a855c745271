"""The mail sink: what is sent is shown, safely, and login and TLS can be demanded."""

import json
import pathlib
import smtplib
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request
from email.message import EmailMessage

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from server import Server, free_ports  # noqa: E402


def message(subject="Report", text="All well"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Mönitron <monitron@example.org>",
        "ops@example.org",
        subject,
    )
    mail.set_content(text)
    mail.add_alternative("<h1>Well</h1><script>steal()</script>", subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename='r"é.pdf')
    return mail


class MailSink(unittest.TestCase):
    options = ()

    def setUp(self):
        self.smtp = free_ports(2)
        self.web = f"http://127.0.0.1:{self.smtp + 1}"
        self.server = Server("mail", [self.smtp, self.smtp + 1, *self.options])
        self.addCleanup(self.server.stop)

    def get(self, path):
        with urllib.request.urlopen(self.web + path, timeout=10) as answer:
            return answer.read().decode(), answer.headers

    def send(self, mail, prepare=lambda link: None):
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as link:
            prepare(link)
            link.send_message(mail)


class Plain(MailSink):
    def test_the_newest_message_comes_first_with_all_its_parts(self):
        self.send(message("first"))
        self.send(message("second ü"))
        listed = json.loads(self.get("/email")[0])
        self.assertEqual([mail["subject"] for mail in listed], ["second ü", "first"])
        whole = json.loads(self.get(f"/email/{listed[0]['id']}")[0])
        self.assertEqual(
            (whole["from"], whole["text"].strip()), ("Mönitron <monitron@example.org>", "All well")
        )
        self.assertEqual(
            whole["attachments"],
            [{"file_name": 'r"é.pdf', "content_type": "application/pdf", "size_bytes": 8}],
        )
        body, headers = self.get(f"/message/{listed[0]['id']}/attachment/0")
        self.assertEqual(
            (body, headers["Content-Disposition"]),
            ("%PDF-1.7", "attachment; filename*=UTF-8''r%22%C3%A9.pdf"),
        )

    def test_nothing_of_a_message_becomes_part_of_the_page(self):
        """S-03."""
        self.send(message("<script>alert(1)</script>", "<b>text</b>"))
        key = json.loads(self.get("/email")[0])[0]["id"]
        for path in ("/", f"/message/{key}"):
            page, headers = self.get(path)
            self.assertNotIn("<script>", page)
            self.assertNotIn("<b>text", page)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertIn("sandbox", self.get(f"/message/{key}/html")[1]["Content-Security-Policy"])

    def test_unknown_messages_and_paths_out_of_the_maildir_are_not_found(self):
        """S-25."""
        for path in (
            "/message/none",
            "/email/..%2f..%2fport",
            "/message/x/attachment/0",
            "/etc/passwd",
        ):
            with self.assertRaises(urllib.error.HTTPError) as told:
                self.get(path)
            self.assertEqual(told.exception.code, 404)
            told.exception.close()

    def test_all_can_be_forgotten(self):
        self.send(message())
        urllib.request.urlopen(
            urllib.request.Request(self.web + "/email", method="DELETE"), timeout=10
        ).close()
        self.assertEqual(self.get("/email")[0], "[]")


class Demanding(MailSink):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.keys.name)
        folder.chmod(0o755)
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                folder / "k.pem",
                "-out",
                folder / "c.pem",
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        (folder / "password").write_text("secret\n")
        (folder / "k.pem").chmod(0o644)
        cls.options = (
            "--certificate",
            folder / "c.pem",
            "--key",
            folder / "k.pem",
            "--user",
            "monitron",
            "--password-file",
            folder / "password",
        )

    def login(self, password):
        def prepare(link):
            context = ssl.create_default_context(cafile=str(self.options[1]))
            context.check_hostname = False
            link.starttls(context=context)
            link.login("monitron", password)

        return prepare

    def test_only_who_logs_in_over_tls_is_heard(self):
        with self.assertRaises(smtplib.SMTPException):
            self.send(message())
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            self.send(message(), self.login("guess"))
        self.send(message(), self.login("secret"))
        self.assertEqual(len(json.loads(self.get("/email")[0])), 1)


del MailSink

if __name__ == "__main__":
    unittest.main()
