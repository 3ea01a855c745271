"""The suite with an Alertmanager as in production: it tells the suite whom it has told."""

from tests.system.suite import Suite

TOKEN = "what Alertmanager shows, of this one test run"


class ClosedLoop(Suite):
    def __init__(self):
        super().__init__({"MONITRON_ALERTMANAGER_WEBHOOK_TOKEN": TOKEN})

    def _alertmanager_settings(self):
        path = super()._alertmanager_settings()
        gateway = f"127.0.0.1:{self.port['gateway']}"
        path.write_text(path.read_text().replace("gateway:3000", gateway))
        token = self.folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o644)
        return path

    def _prepare(self, name, *arguments, environment=None):
        if name == "alertmanager":
            arguments = (*arguments, self.folder / "token")
        super()._prepare(name, *arguments, environment=environment)
