"""The check of the doors, tried on small trees: a check that never fails proves nothing."""

import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools/check_layers.py"
LAYERS = "base :\nloop : base\napi : base loop\n!uv.h : loop\n"


def verdict(layers, files):
    with tempfile.TemporaryDirectory() as top:
        for path, text in {"libs/layers.txt": layers, **files}.items():
            target = pathlib.Path(top, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        done = subprocess.run([CHECK, "."], cwd=top, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


class CheckLayers(unittest.TestCase):
    def test_an_open_door_is_fine(self):
        files = {
            "services/api/main.cpp": '#include "loop/loop.hpp"\n',
            "libs/loop/loop.cpp": "#include <uv.h>\n",
        }
        self.assertEqual(verdict(LAYERS, files), (0, ""))

    def test_a_wrong_include_is_named_with_file_and_line(self):
        code, said = verdict(LAYERS, {"libs/base/log.cpp": '// log\n#include "loop/loop.hpp"\n'})
        self.assertEqual((code, said), (1, "libs/base/log.cpp:2: base has no door to loop\n"))

    def test_a_third_party_header_outside_its_room_is_named(self):
        code, said = verdict(LAYERS, {"services/api/main.cpp": "#include <uv.h>\n"})
        self.assertEqual(
            (code, said), (1, "services/api/main.cpp:1: <uv.h> belongs to loop, not to api\n")
        )

    def test_a_cycle_is_refused(self):
        code, said = verdict("base : loop\nloop : base\n", {})
        self.assertEqual(
            (code, said), (1, "libs/layers.txt:1: loop is not a room above this line\n")
        )

    def test_a_room_without_a_line_is_refused(self):
        code, said = verdict(LAYERS, {"libs/utils/x.cpp": "\n"})
        self.assertEqual((code, said), (1, "libs/utils: is not in libs/layers.txt\n"))


if __name__ == "__main__":
    unittest.main()
