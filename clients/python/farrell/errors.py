"""Errors of the services with their reason, metadata and every bad field."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Iterator

import grpc

from farrell.common.v1 import errors_pb2

_DETAILS = "grpc-status-details-bin"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True)
class Violation:
    """One bad field: its path or cell, and how to mend it."""

    field: str
    description: str


@dataclass
class FarrellError(Exception):
    """A call that could not be carried out. Infeasible units, collinear terms and the like are results, not errors."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.code.name} [{self.reason}]: {self.message}"]
        lines += [f"  {violation.field}: {violation.description}" for violation in self.violations]
        return "\n".join(lines)

    @classmethod
    def from_rpc_error(cls, error: grpc.RpcError) -> "FarrellError":
        """Decodes the details; an error of the transport has the name of its code as reason."""
        result = cls(error.code(), error.code().name, error.details() or "")
        for key, value in error.trailing_metadata() or ():
            if key != _DETAILS:
                continue
            status = errors_pb2.ErrorStatus.FromString(value)
            result.message = status.message or result.message
            for detail in status.details:
                if detail.type_url == _ERROR_INFO:
                    info = errors_pb2.ErrorInfo.FromString(detail.value)
                    result.reason = info.reason or result.reason
                    result.metadata = dict(info.metadata)
                elif detail.type_url == _BAD_REQUEST:
                    request = errors_pb2.BadRequest.FromString(detail.value)
                    result.violations = [Violation(v.field, v.description) for v in request.field_violations]
        return result


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns grpc.RpcError into FarrellError."""
    try:
        yield
    except grpc.RpcError as error:
        raise FarrellError.from_rpc_error(error) from error
