"""The peer: the same CSV into DuckDB through dlt, merged on id, as dlt's own documentation writes it.

`python -m tests.bench.peer FILE FOLDER` prints the seconds of a first and of a second run, as JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"


def main(file: Path, folder: Path) -> None:
    """Load `file` twice."""
    import dlt
    from dlt.sources.filesystem import filesystem, read_csv_duckdb

    seconds = []
    for _ in range(2):
        reader = filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name) | read_csv_duckdb()
        reader.apply_hints(primary_key="id", write_disposition="merge")
        pipeline = dlt.pipeline(
            "peer",
            destination=dlt.destinations.duckdb(str(folder / "peer.duckdb")),
            dataset_name="feedback",
            pipelines_dir=str(folder / "pipelines"),
        )
        begin = time.monotonic()
        pipeline.run(reader.with_name("comments"))
        seconds.append(time.monotonic() - begin)
    with pipeline.sql_client() as client, client.execute_query("select count(*) from comments") as rows:
        count = rows.fetchone()[0]
    print(json.dumps({"seconds": seconds, "comments": count}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
