"""Letters about accounts, from the gateway through the queue to the mailbox and back."""

import re
import unittest

from tests.system.suite import HttpError, Suite, eventually, http as call, running

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


class Accounts(unittest.TestCase):
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


if __name__ == "__main__":
    unittest.main()
