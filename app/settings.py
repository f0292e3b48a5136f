"""Settings, from the environment (prefix `KFPORTAL_`) or a `.env` file."""

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SIMULATED_CLIENT_ID = "kfportal-demo.apps.googleusercontent.com"
SIMULATED_CLIENT_SECRET = "demo-secret"  # known to everybody: the simulator's own


class Settings(BaseSettings):
    """Everything an operator can choose; `README.md` explains each."""

    model_config = SettingsConfigDict(env_prefix="KFPORTAL_", env_file=".env", extra="ignore")

    cloud: Literal["google", "simulated"] = "google"
    simulator_url: str = "http://127.0.0.1:8081"
    clock_speed: float = Field(default=1.0, gt=0, description="simulated seconds a real second")

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    heartbeat_seconds: int = Field(default=15, ge=1)

    data_dir: Path = Path(".data")
    database_url: str = ""
    engine_database_url: str = ""
    encryption_keys: list[SecretStr] = []

    identity: Literal["auto", "oauth", "adc"] = "auto"
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")

    executor_id: str = "portal-1"
    runs_at_once: int = Field(default=10, ge=1)
    installs_at_once: int = Field(default=2, ge=1)

    mirror: Path | None = None
    bundles: list[Path] = []
    github_url: str = "https://github.com"
    registry_mirror: str = ""
    dns_server: str = ""
    log_format: Literal["console", "json"] = "console"

    @model_validator(mode="after")
    def _derived(self) -> Self:
        self.public_url = self.public_url or f"http://{self.host}:{self.port}"
        data = self.data_dir.absolute()
        self.database_url = self.database_url or f"sqlite+aiosqlite:///{data}/portal.db"
        self.engine_database_url = self.engine_database_url or _engine_url(self.database_url, data)
        if self.cloud == "simulated":
            self.oauth_client_id = self.oauth_client_id or SIMULATED_CLIENT_ID
            if not self.oauth_client_secret.get_secret_value():
                self.oauth_client_secret = SecretStr(SIMULATED_CLIENT_SECRET)
            self.dns_server = self.dns_server or self.simulator_url.split("//", 1)[1].rstrip("/")
        return self

    @property
    def simulated(self) -> bool:
        """Whether the cloud behind the official clients is the simulator."""
        return self.cloud == "simulated"

    @property
    def default_credentials(self) -> bool:
        """Whether this machine's Application Default Credentials stand in for an OAuth client."""
        return self.identity == "adc" or (self.identity == "auto" and not self.oauth_client_id)

    @property
    def listening_at(self) -> str:
        """Where this machine itself reaches the pages, whatever the browser's address for them."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        host = everywhere.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the pages."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _engine_url(database_url: str, data: Path) -> str:
    """The workflow engine's own database: beside ours on SQLite, the same one on PostgreSQL."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{data}/engine.db"
    return database_url
