"""What Prefect's processes find in their environment: its own home, loopback, no telemetry, short memory."""

import os

from curation.config import Config


def address(config: Config) -> str:
    """Where Prefect's server and its pages answer."""
    return f"http://127.0.0.1:{config.flows.prefect_port}"


def environment(config: Config) -> dict[str, str]:
    """Return a whole environment for the server, the runner and every run.

    Settings of another Prefect on this machine (a cloud key, a database) are left out.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    direct = [
        name for name in (inherited.get("NO_PROXY") or inherited.get("no_proxy") or "").split(",") if name
    ]
    no_proxy = ",".join([*direct, "127.0.0.1", "localhost"])
    return inherited | {
        "TRIBUNE_HOME": str(config.home),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PREFECT_HOME": str(config.home / "prefect"),
        "PREFECT_API_URL": f"{address(config)}/api",
        # With telemetry on, "database is locked" shows under load; and nothing here calls home.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Prefect's API asks for no credentials: other sites' pages must not reach it through the browser.
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(config.flows.prefect_port),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": address(config),
        "PREFECT_API_REQUEST_TIMEOUT": "30",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        # A new source has its next runs within seconds; few are planned ahead, so few are missed by a stop.
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "20",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT10M",
        # It would only mark runs as late, in transactions that fail with "database is locked" beside others.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
    }
