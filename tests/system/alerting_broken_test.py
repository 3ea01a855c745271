"""Broken notifiers are found out by the story of alerting_chaos_test.py."""

import unittest

from tests.system.alerting_chaos_test import Story


class Broken(unittest.TestCase):
    def expect_found_out(self, fault):
        story = Story(60, "tests/monitron-notifier-failpoints", fault)
        self.addCleanup(story.close)
        with self.assertRaises(AssertionError) as found:
            story.run(400)
        print(found.exception)

    def test_one_that_forgets_is_noticed(self):
        """M-068: who takes over knows nothing of what fires."""
        self.expect_found_out("forgets")

    def test_those_that_tell_the_same_under_labels_of_their_own_are_noticed(self):
        """M-069: who takes over tells what fires as something new."""
        self.expect_found_out("own-label")


if __name__ == "__main__":
    unittest.main()
