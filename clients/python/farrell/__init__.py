"""Client of Farrell's services: efficiency of units, what it is associated with, and for whom that differs.

    import farrell
    with farrell.connect("127.0.0.1:7400") as client:
        snapshot = client.import_csv("panel.csv", unit="province", time="year")
        scores = client.evaluate(snapshot, inputs=["rd_fte", "rd_exp"], outputs=["patents"])

The generated messages are farrell.data.v1.data_pb2 and so on; every method of the services is reachable through the
stubs client.data, client.dea, client.regression and client.reporting.
"""

from farrell.client import Client, connect
from farrell.errors import FarrellError, Violation

__all__ = ["Client", "FarrellError", "Violation", "connect"]
