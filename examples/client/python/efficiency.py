#!/usr/bin/python3
"""Imports a panel, scores its units, regresses the scores, and watches the work.

    PYTHONPATH=PREFIX/lib/python3/dist-packages efficiency.py TARGET[,DEA,REGRESSION] produc.csv
"""

import sys

import farrell
from farrell.data.v1 import data_pb2


def watch(progress):
    print(progress.stage, f"{progress.completed_count}/{progress.total_count}", file=sys.stderr)


def main(targets: str, path: str) -> None:
    data, dea, regression = targets.split(",") if "," in targets else [targets] * 3
    with farrell.connect(data, dea=dea, regression=regression) as client:
        snapshot = client.import_csv(path, unit="state", time="year")
        print(f"snapshot {snapshot.digest}, {snapshot.row_count} rows")

        # Private capital, public capital and employment make gross state product.
        units, summary = client.evaluate(
            snapshot,
            inputs=["pc", "pcap", "emp"],
            outputs=["gsp"],
            rts="vrs",
            orientation="output",
            progress=watch,
        )
        print(
            f"{summary.optimal_count} units scored, {100 * summary.share_at_one:.1f} % at one, "
            f"largest gap {summary.worst_gap:.1e}"
        )

        # The scores become a column of a new snapshot.
        column = data_pb2.AttachedColumn(name="score", values=[0.0] * snapshot.row_count)
        for unit in units:
            column.values[unit.row] = unit.score
        request = data_pb2.DeriveSnapshotRequest(snapshot_digest=snapshot.digest, attached=[column])
        scored = client.data.DeriveSnapshot(request).snapshot

        result = client.fit(scored, "log(score) ~ unemp + log(hwy) | state + year", progress=watch)
        inference = result.inferences[0]
        for term, numbers in zip(result.terms, inference.terms):
            print(f"{term.name}  {term.estimate:.6f}  ({numbers.std_error:.6f})")
        print(f"{inference.label}, {inference.cluster_count} clusters, {result.observation_count} observations")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except farrell.FarrellError as error:
        sys.exit(f"efficiency: {error}")
