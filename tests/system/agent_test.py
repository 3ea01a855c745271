"""Agents that are told what to do, from the API to what they measure.

M-058.
"""

import unittest

from tests.system.suite import Suite, eventually


class ToldAgent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start_servers()
        cls.suite.start_programs()

    def value(self, query):
        answer = self.suite.api("GET", f"/query?query={query}")
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def test_obeys_without_a_restart(self):
        self.suite.start_agent(interval=1, options=["--env", "told"])
        agent = self.suite.programs["agent"]
        rounds = "count_over_time(node_load1{env='told'}[20s])"
        eventually(60, lambda: (self.value(rounds) or 0) > 15, "it measures each second")
        processes = "count(count_over_time(process_count{env='told'}[10s]))"
        self.assertIsNotNone(self.value(processes))
        self.suite.api(
            "POST",
            "/agent-configurations",
            {"name": "slow", "labels": {"env": "told"}, "settings": {"interval_seconds": 5, "top_processes": 0}},
        )
        # The door looks again after half a minute.
        eventually(120, lambda: (self.value(rounds) or 99) < 6, "it measures every five seconds")
        eventually(60, lambda: self.value(processes) is None, "no processes are told")
        server = self.suite.api("GET", "/agents")["items"][0]["server_id"]
        version = self.suite.api("GET", f"/servers/{server}/agent-configuration")["version"]
        info = self.suite.api("GET", "/query?query=monitron_agent_configuration_info{env='told'}")
        self.assertIn(version, [one["metric"]["version"] for one in info["data"]["result"]])
        self.assertTrue(agent.alive(), "it was not restarted")


if __name__ == "__main__":
    unittest.main()
