"""Tribune's flows: thin calls of `curation.pipeline` on Prefect's schedule. tribune.toml is the truth.

`pull` (a deployment per source), `tag`, `upkeep` and `backfill` run as processes of the runner, which also keeps
Prefect's deployments in step with tribune.toml (`reconcile`) and clears up after a kill (`tidy`).

Everything but the runs themselves speaks Prefect's REST API, at http://127.0.0.1:4207/api (`[flows] prefect_port`).
These are the calls another program needs to show and start runs, with SOURCE, DEPLOYMENT and RUN filled in:

* a deployment: `GET /deployments/name/pull/SOURCE` → `{"id": …, "paused": …, "schedules": […]}`
* run it now: `POST /deployments/DEPLOYMENT/create_flow_run` `{"state": {"type": "SCHEDULED"}}` → `{"id": …}`;
  the deployment's parameters are filled in. While a run is under way, a second one is cancelled (limit 1).
* its last runs: `POST /flow_runs/filter`
  `{"flows": {"name": {"any_": ["pull"]}}, "deployments": {"name": {"any_": ["SOURCE"]}},
  "flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED", "RUNNING"]}}},
  "sort": "EXPECTED_START_TIME_DESC", "limit": 10}`
* its next run: the same with `["SCHEDULED"]`, `"sort": "EXPECTED_START_TIME_ASC"`, `"limit": 1`
* a run's log: `POST /logs/filter` `{"logs": {"flow_run_id": {"any_": ["RUN"]}}, "sort": "TIMESTAMP_ASC", "limit": 200}`
* read again from a day on: as "run it now", of `/deployments/name/backfill/backfill`, with
  `"parameters": {"source": "SOURCE", "since": "2024-01-31"}`

To pause or change a schedule, change tribune.toml (`curation.config.change_schedule`); Prefect follows within seconds.
"""
