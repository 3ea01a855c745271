"""Signing in at an OpenID provider: a real one, through the gateway, as a browser does it."""

import http.cookiejar
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from tests.system.packages import installed
from tests.system.suite import ADMIN, TOOLS, TOP, HttpError, Process, Suite, eventually
from tests.system.suite import http as call

SUITE = None
PROVIDER = None
FOLDER = TOP / "tests/oidc"


def setUpModule():
    global SUITE, PROVIDER
    installed(FOLDER)
    port = int(subprocess.check_output([TOOLS / "free_ports", "1"]))
    issuer = f"http://127.0.0.1:{port}"
    # Its limit is tested elsewhere; one browser after the other comes from one address here.
    os.environ.update(GATEWAY_LOGIN_RATE="1000000r/s")
    SUITE = Suite(
        {
            "MONITRON_API_OIDC_ISSUER": issuer,
            "MONITRON_API_OIDC_CLIENT_ID": "monitron",
            "MONITRON_API_OIDC_CLIENT_SECRET": "a secret: of +this/test",
            "MONITRON_API_OIDC_LABEL": "Sign in with Acme",
            "MONITRON_API_OIDC_ROLES": "ops=operator,chiefs=admin",
            "MONITRON_API_OIDC_LINK_BY_EMAIL": "true",
        }
    )
    unittest.addModuleCleanup(SUITE.close)
    SUITE.start_servers()
    PROVIDER = Process(
        ["node", FOLDER / "provider.mjs"],
        SUITE.folder / "provider.log",
        {
            "PATH": os.environ["PATH"],
            "PORT": str(port),
            "REDIRECT": SUITE.url + "/api/v1/auth/oidc/callback",
            "HOME_PAGE": SUITE.url + "/",
            "KEY_FILE": str(SUITE.folder / "provider.key"),
        },
    )
    PROVIDER.issuer = issuer
    unittest.addModuleCleanup(PROVIDER.kill)
    start_provider()
    SUITE.start_programs()


def start_provider():
    PROVIDER.start()
    eventually(
        30, lambda: call("GET", PROVIDER.issuer + "/.well-known/openid-configuration"), "provider"
    )


def tell(person=None, fault=""):
    return call("POST", PROVIDER.issuer + "/test", {"person": person, "fault": fault})


def person(name, *groups, **more):
    return {
        "sub": "subject-of-" + name,
        "name": name.title(),
        "email": name + "@acme.example",
        "email_verified": True,
        "groups": list(groups),
        **more,
    }


class Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Follows one redirection after the other and keeps cookies."""

    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
            Still(),
        )

    def ours(self):
        """Cookies of the suite; ports do not tell them apart."""
        return [one for one in self.cookies if one.name == "monitron_sign_in"]

    def ask(self, url, body=None):
        """Status, address that it leads to, body, headers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers)
        try:
            answer = self._opener.open(request, timeout=15)
        except urllib.error.HTTPError as other:
            answer = other
        with answer:
            to = answer.headers.get("Location")
            return answer.status, to and urllib.parse.urljoin(url, to), answer.read(), answer.headers

    def to_callback(self):
        """From the button to the address that the provider leads back to."""
        url = SUITE.url + "/api/v1/auth/oidc/start"
        for _ in range(10):
            url = self.ask(url)[1]
            assert url, "the way ended"
            if url.startswith(SUITE.url):
                return url
        raise AssertionError("too many redirections")

    def come_back(self, url):
        """Where the page of the UI is that it ends at."""
        status, to, body, _ = self.ask(url)
        assert to and to.startswith(SUITE.url + "/"), (status, to, body)
        return to[len(SUITE.url) :]

    def sign_in(self):
        end = self.come_back(self.to_callback())
        if end != "/signed-in":
            return end
        status, _, body, _ = self.ask(SUITE.url + "/api/v1/auth/oidc/session", {})
        assert status == 200, body
        return json.loads(body)


def failure(reason):
    return "/sign-in-failed?reason=" + reason


class SignIn(unittest.TestCase):
    def setUp(self):
        PROVIDER.alive() or start_provider()

    def refused(self, fault, reason="refused"):
        tell(person("mallory", "ops"), fault)
        self.assertEqual(Browser().sign_in(), failure(reason), fault)
        self.assertEqual(
            SUITE.sql("SELECT count(*) FROM users WHERE email LIKE 'mallory%'"), [["0"]]
        )

    def test_whoever_the_provider_knows_gets_a_session(self):
        """M-024, M-026: with a role by group; once; and it goes on as any other session."""
        ways = call("GET", SUITE.url + "/api/v1/auth/methods")
        self.assertEqual(ways["oidc"], {"label": "Sign in with Acme"})
        tell(person("ada", "staff", "ops"))
        browser = Browser()
        callback = browser.to_callback()
        cookie = browser.ours()[0]
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(cookie.get_nonstandard_attr("SameSite"), "Lax")
        self.assertEqual(browser.come_back(callback), "/signed-in")
        ticket = browser.ours()
        session = json.loads(browser.ask(SUITE.url + "/api/v1/auth/oidc/session", {})[2])
        self.assertEqual(session["user"]["email"], "ada@acme.example")
        self.assertEqual(session["user"]["role"], "operator")
        self.assertEqual(browser.ours(), [])
        for one in ticket:
            browser.cookies.set_cookie(one)
        self.assertEqual(browser.ask(SUITE.url + "/api/v1/auth/oidc/session", {})[0], 401)
        session = call(
            "POST",
            SUITE.url + "/api/v1/auth/refresh",
            {"refresh_token": session["refresh_token"]},
        )
        bearer = {"Authorization": "Bearer " + session["access_token"]}
        self.assertEqual(call("GET", SUITE.url + "/api/v1/me", headers=bearer)["name"], "Ada")
        # Once more: the same account, with what the groups say now.
        tell(person("ada", "chiefs", email="married@acme.example"))
        again = Browser().sign_in()["user"]
        self.assertEqual((again["id"], again["role"]), (session["user"]["id"], "admin"))
        with self.assertRaises(HttpError):
            call("GET", SUITE.url + "/api/v1/me", headers=bearer)
        tell(person("ada"))
        self.assertEqual(Browser().sign_in(), failure("unknown"))
        done = SUITE.sql("SELECT action FROM audit_log WHERE object_id = '" + again["id"] + "'")
        self.assertLessEqual({"user.create", "user.update", "session.oidc"}, {row[0] for row in done})

    def test_an_account_is_taken_over_by_an_address_that_both_sides_verified_alone(self):
        """Else somebody makes an account of another one's address, whose password he knows, and waits."""
        for name, verified, verified_here in (
            ("grace", True, True),
            ("trudy", False, True),
            ("victim", True, False),
        ):
            SUITE.api(
                "POST",
                "/users",
                {"email": name + "@acme.example", "password": "a long enough phrase"},
            )
            if verified_here:
                SUITE.sql(
                    "UPDATE users SET email_verified_at = now() WHERE email = '"
                    + name
                    + "@acme.example'"
                )
            tell(person(name, "ops", email_verified=verified))
            end = Browser().sign_in()
            if verified and verified_here:
                self.assertEqual(end["user"]["email"], "grace@acme.example")
            else:
                self.assertEqual(end, failure("unknown"))

    def test_what_is_not_of_this_login_is_refused(self):
        tell(person("mallory", "ops"))
        browser = Browser()
        callback = browser.to_callback()
        self.assertEqual(Browser().come_back(callback), failure("expired"))  # another browser
        wrong = callback.replace("state=", "state=x")
        self.assertEqual(browser.come_back(wrong), failure("refused"))
        tell(person("bob", "ops"))
        browser = Browser()
        callback = browser.to_callback()
        kept = browser.ours()
        self.assertEqual(browser.come_back(callback), "/signed-in")
        for one in kept:
            browser.cookies.set_cookie(one)
        self.assertEqual(browser.come_back(callback), failure("expired"))  # replayed
        tell(person("mallory", "ops", refuses=True))
        self.assertEqual(Browser().sign_in(), failure("refused"))
        for way in ("?code=a&state=b&return_to=https://evil.example", "?error=https://evil.example"):
            status, to, _, headers = Browser().ask(SUITE.url + "/api/v1/auth/oidc/callback" + way)
            self.assertEqual((status, to), (303, SUITE.url + failure("expired")))
            self.assertNotIn("evil", str(headers))

    def test_an_id_token_that_is_not_right_lets_nobody_in(self):
        for fault in ("audience", "nonce", "issuer", "expired", "forged"):
            self.refused(fault)

    def test_new_keys_are_found_and_looked_for_once(self):
        tell(person("carol", "ops"))
        self.assertIn("user", Browser().sign_in())
        tell(person("carol", "ops"), "rotated")
        self.assertIn("user", Browser().sign_in())
        before = tell(person("mallory", "ops"))["keysRead"]
        self.refused("stranger")
        self.refused("stranger")
        self.assertEqual(tell()["keysRead"], before)

    def test_passwords_go_on_while_the_provider_is_away(self):
        tell(person("dave", "ops"))
        browser = Browser()
        callback = browser.to_callback()
        PROVIDER.kill()
        self.assertEqual(browser.come_back(callback), failure("unavailable"))
        self.assertIn("access_token", call("POST", SUITE.url + "/api/v1/auth/login", ADMIN))

    def test_signing_out_leads_to_the_provider_and_back(self):
        url = Browser().ask(SUITE.url + "/api/v1/auth/oidc/logout")[1]
        self.assertTrue(url.startswith(PROVIDER.issuer + "/session/end?client_id=monitron"), url)
        self.assertEqual(Browser().ask(url)[0], 200)
        back = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["post_logout_redirect_uri"]
        self.assertEqual(back, [SUITE.url + "/"])


if __name__ == "__main__":
    unittest.main()
