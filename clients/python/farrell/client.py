"""A thin, typed layer over the generated stubs: files in, messages out, progress by callback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Iterable, Iterator, Optional, Sequence, Union

import grpc

from farrell.common.v1 import types_pb2
from farrell.data.v1 import data_pb2, data_pb2_grpc
from farrell.dea.v1 import dea_pb2, dea_pb2_grpc
from farrell.errors import translated
from farrell.regression.v1 import regression_pb2, regression_pb2_grpc
from farrell.reporting.v1 import reporting_pb2_grpc

Progress = Callable[[types_pb2.Progress], None]
Table = Union[str, types_pb2.TableSpec]

_CHUNK_BYTES = 1 << 20
_RECEIVE_BYTES = 64 << 20

# Asking twice does the same as asking once, so that a server that went away is asked again.
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {"name": [{"service": "farrell.data.v1.DataService", "method": "DeleteDataset"}]},
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            },
        ],
    }
)


def connect(target: str, **services: str) -> "Client":
    """A client of the endpoint `target` ("HOST:PORT" or "dns:///NAME:PORT") that serves all four services.

    Services that run elsewhere are named: connect("127.0.0.1:7401", dea="127.0.0.1:7402").
    """
    return Client(target, **services)


class Client:
    """Stubs of the four services. Thread-safe, as channels are. Use as a context manager, or call close()."""

    def __init__(self, target: str, *, data: str = "", dea: str = "", regression: str = "", reporting: str = ""):
        self._channels: dict[str, grpc.Channel] = {}
        self.data = data_pb2_grpc.DataServiceStub(self._channel(data or target))
        self.dea = dea_pb2_grpc.DeaServiceStub(self._channel(dea or target))
        self.regression = regression_pb2_grpc.RegressionServiceStub(self._channel(regression or target))
        self.reporting = reporting_pb2_grpc.ReportingServiceStub(self._channel(reporting or target))

    def _channel(self, target: str) -> grpc.Channel:
        if target not in self._channels:
            options = [
                ("grpc.service_config", _SERVICE_CONFIG),
                ("grpc.max_receive_message_length", _RECEIVE_BYTES),
                ("grpc.enable_http_proxy", 0),
            ]
            self._channels[target] = grpc.insecure_channel(target, options)
        return self._channels[target]

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *unused) -> None:
        self.close()

    def import_csv(
        self,
        source: Union[str, Path, bytes],
        *,
        unit: str,
        time: str = "",
        dataset: str = "",
        release: str = "",
        missing: Sequence[str] = (),
        synthetic: bool = False,
        timeout: Optional[float] = None,
    ) -> data_pb2.Snapshot:
        """Imports a CSV file (a path, or its bytes) and returns its snapshot; the same bytes give the same digest.

        FarrellError, reason TABLE_INVALID, names every bad cell; nothing is stored then.
        """
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        options = data_pb2.ImportOptions(
            dataset=dataset,
            release=release,
            unit_key=unit,
            time_key=time,
            missing_markers=missing,
            synthetic=synthetic,
            file_name="" if isinstance(source, bytes) else Path(source).name,
        )

        def messages() -> Iterator[data_pb2.ImportTableRequest]:
            yield data_pb2.ImportTableRequest(options=options)
            for start in range(0, len(content), _CHUNK_BYTES):
                yield data_pb2.ImportTableRequest(chunk=content[start : start + _CHUNK_BYTES])

        with translated():
            return self.data.ImportTable(messages(), timeout=timeout).snapshot

    def evaluate(
        self,
        table: Union[Table, data_pb2.Snapshot],
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        rts: str = "crs",
        orientation: str = "input",
        frontier: Optional[dea_pb2.Frontier] = None,
        progress: Optional[Progress] = None,
        timeout: Optional[float] = None,
    ) -> tuple[list[dea_pb2.UnitResult], dea_pb2.EvaluationSummary]:
        """Scores every row: the results in the table's row order, and the summary.

        rts: "crs", "vrs", "nirs", "ndrs". orientation: "input", "output". frontier: contemporaneous unless given.
        """
        model = dea_pb2.Model(
            inputs=inputs,
            outputs=outputs,
            rts=dea_pb2.ReturnsToScale.Value(f"RETURNS_TO_SCALE_{rts.upper()}"),
            orientation=dea_pb2.Orientation.Value(f"ORIENTATION_{orientation.upper()}"),
            frontier=frontier,
        )
        request = dea_pb2.EvaluateRequest(table=_table(table), model=model)
        units: list[dea_pb2.UnitResult] = []
        summary = dea_pb2.EvaluationSummary()
        with translated():
            for message in self.dea.Evaluate(request, timeout=timeout):
                part = message.WhichOneof("part")
                if part == "block":
                    units.extend(message.block.units)
                elif part == "summary":
                    summary = message.summary
                elif part == "progress" and progress is not None:
                    progress(message.progress)
        return units, summary

    def fit(
        self,
        table: Union[Table, data_pb2.Snapshot],
        formula: str,
        *,
        estimator: int = regression_pb2.ESTIMATOR_UNSPECIFIED,
        options: Optional[regression_pb2.EstimatorOptions] = None,
        weights: str = "",
        inferences: Iterable[regression_pb2.Inference] = (),
        hypotheses: Sequence[str] = (),
        progress: Optional[Progress] = None,
        timeout: Optional[float] = None,
    ) -> regression_pb2.FitResult:
        """Fits `y ~ x1 + log(x2) | unit + time | endogenous ~ z`; the last one of a stepwise formula.

        Without inferences: CR3 by unit where there are clusters, else HC3 (CR1, HC1 for instruments and likelihoods).
        """
        request = regression_pb2.FitRequest(
            table=_table(table),
            formula=formula,
            estimator=estimator,
            options=options,
            weights=weights,
            inferences=inferences,
            hypotheses=hypotheses,
        )
        with translated():
            return _last(self.regression.Fit(request, timeout=timeout), progress)

    def test(
        self,
        table: Union[Table, data_pb2.Snapshot],
        formula: str,
        *,
        tests: Sequence[str] = (),
        progress: Optional[Progress] = None,
        timeout: Optional[float] = None,
    ) -> regression_pb2.SpecificationResult:
        """Specification tests by name ("f", "hausman-robust", "wooldridge", "cd", ...); all of them by default."""
        request = regression_pb2.TestSpecificationRequest(table=_table(table), formula=formula, tests=tests)
        with translated():
            return _last(self.regression.TestSpecification(request, timeout=timeout), progress)

    def compare(
        self,
        table: Union[Table, data_pb2.Snapshot],
        formula: str = "",
        *,
        by: str = "",
        terms: Sequence[str] = (),
        inferences: Iterable[regression_pb2.Inference] = (),
        equations: Iterable[regression_pb2.Equation] = (),
        orderings: Sequence[str] = (),
        adjustment: str = "",
        family: str = "",
        progress: Optional[Progress] = None,
        timeout: Optional[float] = None,
    ) -> regression_pb2.CompareResult:
        """Fits by group, or several equations, and tests whether they differ."""
        request = regression_pb2.CompareRequest(
            table=_table(table),
            formula=formula,
            by=by,
            terms=terms,
            inferences=inferences,
            equations=equations,
            orderings=orderings,
            adjustment=adjustment,
            family=family,
        )
        with translated():
            return _last(self.regression.Compare(request, timeout=timeout), progress)


def _table(table: Union[Table, data_pb2.Snapshot]) -> types_pb2.TableSpec:
    if isinstance(table, types_pb2.TableSpec):
        return table
    digest = table.digest if isinstance(table, data_pb2.Snapshot) else table
    return types_pb2.TableSpec(snapshot_digest=digest)


def _last(messages, progress: Optional[Progress]):
    result = None
    for message in messages:
        if message.WhichOneof("part") == "result":
            result = message.result
        elif progress is not None:
            progress(message.progress)
    return result
