"""The client of the UI is typed by the description of the API: who changes one and not the other hears of it."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tests.system.packages import WEB, installed
from tests.system.suite import TOP


class TypedClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        installed(WEB)

    def compiled(self, change=lambda document: None):
        """What the compiler says of the UI and a client that is generated from a changed description."""
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(WEB / "src", folder / "src")
        for name in ("tsconfig.json", "vite.config.ts", "package.json"):
            shutil.copy(WEB / name, folder)
        (folder / "node_modules").symlink_to(WEB / "node_modules")
        document = json.loads((TOP / "docs/swagger.json").read_text())
        change(document)
        (folder / "docs").mkdir()
        (folder / "docs/swagger.json").write_text(json.dumps(document))
        script = json.loads((WEB / "package.json").read_text())["scripts"]["types"]
        generate = script.replace("../../docs", "docs")
        made = subprocess.run(
            ["sh", "-c", f"PATH=node_modules/.bin:$PATH {generate}"], cwd=folder, capture_output=True, text=True, timeout=120
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        done = subprocess.run(
            ["node_modules/.bin/tsc", "--noEmit"], cwd=folder, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stdout

    def test_a_client_is_generated_and_the_ui_compiles_with_it(self):
        """M-211"""
        self.assertEqual(self.compiled(), (0, ""))

    def test_a_member_a_path_and_a_parameter_that_change_break_it(self):
        """M-211"""

        def change(document):
            members = document["components"]["schemas"]["Instance"]["properties"]
            members["host_name"] = members.pop("hostname")
            paths = document["paths"]
            paths["/api/v1/checks/{id}/runs"] = paths.pop("/api/v1/checks/{id}/run")
            for one in paths["/api/v1/metrics"]["get"]["parameters"]:
                if one.get("name") == "metric_type":
                    one["name"] = "type"

        status, said = self.compiled(change)
        self.assertNotEqual(status, 0)
        for word in ("hostname", "/checks/{id}/run", "metric_type"):
            self.assertIn(word, said)


if __name__ == "__main__":
    unittest.main()
