"""Letters about accounts, from the gateway through the queue to the mailbox and back."""

import base64
import hashlib
import hmac
import os
import re
import struct
import subprocess
import time
import unittest

from tests.system.suite import ADMIN, BUILD, TOOLS, HttpError, Suite, eventually, http as call, running

SUITE = None


def setUpModule():
    global SUITE
    SUITE = running(Suite())


def post(path, body):
    return call("POST", SUITE.url + "/api/v1/auth/" + path, body)


def token_of(recipient, subject):
    """What the link in the newest such letter carries."""

    def letters():
        return [one for one in SUITE.letters(recipient) if subject in one["subject"]]

    letter = eventually(20, letters, f"the letter to {recipient}")[-1]
    text = SUITE.letter(letter["id"])["text"]
    link = re.search(re.escape(SUITE.url) + r"/([a-z-]+)#token=(\S+)", text)
    assert link, text
    return link.group(2)


def code_of(secret, step):
    """As an authenticator application shows it `step` half minutes from now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + step), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Accounts(unittest.TestCase):
    def test_any_replica_takes_the_tokens_of_another(self):
        """M-131, M-026: no session lives in a server; what one ends, the other refuses soon."""
        port = int(subprocess.check_output([TOOLS / "free_ports", "4"]))
        names = ("ADDRESS", "QUERY_ADDRESS", "STREAM_ADDRESS", "PROBES_ADDRESS")
        SUITE.start_program(
            "api2",
            "bin/monitron-api",
            settings={f"MONITRON_API_{one}": f"127.0.0.1:{port + i}" for i, one in enumerate(names)},
        )
        other = f"http://127.0.0.1:{port}/api/v1"
        eventually(30, lambda: call("GET", f"http://127.0.0.1:{port + 3}/readyz"), "the replica")
        session = post("login", ADMIN)
        bearer = {"Authorization": "Bearer " + session["access_token"]}
        for url in (SUITE.url + "/api/v1", other):
            self.assertEqual(call("GET", url + "/me", headers=bearer)["email"], ADMIN["email"])
        key = SUITE.api("POST", "/tokens", {"name": "replicas", "scopes": ["read"]})["token"]
        call("GET", other + "/checks", headers={"Authorization": "Bearer " + key})
        # Refreshed at one, it goes on at the other; ended there, it is over here.
        session = call(
            "POST", other + "/auth/refresh", {"refresh_token": session["refresh_token"]}
        )
        bearer = {"Authorization": "Bearer " + session["access_token"]}
        call("GET", SUITE.url + "/api/v1/me", headers=bearer)
        call("POST", other + "/auth/logout", {"refresh_token": session["refresh_token"]})

        def is_refused():
            try:
                return not call("GET", SUITE.url + "/api/v1/me", headers=bearer)
            except HttpError as problem:
                return problem.status == 401

        eventually(10, is_refused, "the end of the session at the first one")
        SUITE.programs.pop("api2").terminate()

    def test_a_forgotten_password_is_chosen_anew_by_mail(self):
        """M-135: and neither the outbox nor a log keeps what the letter said."""
        address = "forgetful@monitron.example"
        SUITE.api("POST", "/users", {"email": address, "password": "a long enough phrase"})
        post("password/forgot", {"email": address})
        token = token_of(address, "A new password")
        post("password/reset", {"token": token, "password": "another long phrase"})
        with self.assertRaises(HttpError) as again:
            post("password/reset", {"token": token, "password": "yet another phrase"})
        self.assertEqual(again.exception.status, 400)
        post("login", {"email": address, "password": "another long phrase"})
        eventually(
            20, lambda: [one for one in SUITE.letters(address) if "changed" in one["subject"]]
        )
        self.assertEqual(
            SUITE.sql(
                "SELECT count(*) FROM api_outbox WHERE type = 'account_email.requested' "
                "AND (sent_at IS NULL OR body <> '')"
            ),
            [["0"]],
        )
        for log in SUITE.folder.glob("**/*.log"):
            self.assertNotIn(token, log.read_text(errors="replace"), log)

    def test_somebody_is_invited_and_protects_the_account(self):
        """M-133, M-136: by letter; then the password alone opens nothing, in the terminal neither."""
        address = "ada@monitron.example"
        SUITE.api("POST", "/users/invitations", {"email": address, "role": "viewer"})
        given = {"token": token_of(address, "invited"), "name": "Ada", "password": "a long enough phrase"}
        session = post("invitations/accept", given)
        bearer = {"Authorization": "Bearer " + session["access_token"]}

        def mine(method, path, body=None):
            return call(method, SUITE.url + "/api/v1/me" + path, body, bearer)

        self.assertEqual(mine("GET", "")["name"], "Ada")
        secret = mine("POST", "/totp", {"password": given["password"]})["secret"]
        codes = mine("POST", "/totp/confirm", {"code": code_of(secret, -1)})["recovery_codes"]
        challenge = post("login", {"email": address, "password": given["password"]})
        self.assertNotIn("access_token", challenge)
        proof = {"challenge_token": challenge["challenge_token"], "code": code_of(secret, 0)}
        self.assertIn("access_token", post("login/verify", proof))
        with self.assertRaises(HttpError) as replayed:
            post("login/verify", proof)
        self.assertEqual(replayed.exception.status, 401)
        done = subprocess.run(
            [BUILD / "bin/monitron", "login", "--url", SUITE.url, "--email", address],
            input=f"{given['password']}\n{codes[0].lower()}\n",
            env={"PATH": os.environ["PATH"], "HOME": str(SUITE.folder)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        programs = [one["user_agent"] for one in mine("GET", "/sessions")["items"]]
        self.assertEqual(len(programs), 3, programs)
        self.assertEqual(mine("GET", "/totp")["recovery_codes_left"], 9)


if __name__ == "__main__":
    unittest.main()
