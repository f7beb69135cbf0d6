"""Where Grafana reads: InfluxDB in InfluxQL, which 1.x, 2.x (through a DBRP mapping) and 3 Core answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dashboards.grafana.panel import SOURCE_UID

Json = dict[str, Any]

NAME = "haccpline"
URL_VARIABLE = "HACCPLINE_INFLUXDB_URL"
USER_VARIABLE = "HACCPLINE_INFLUXDB_USER"
PASSWORD_VARIABLE = "HACCPLINE_INFLUXDB_PASSWORD"  # noqa: S105 - a variable's name
TOKEN_VARIABLE = "HACCPLINE_INFLUXDB_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True)
class Reader:
    """How Grafana comes at the copy. It should be a reader that may not write.

    Attributes:
        database: by which InfluxQL finds it.
        login: `none`, `password` (user and password of 1.x) or `token` (2.x, 3).
        url: of the server.
        user: for `password`.
        secret: the password or the token.
    """

    database: str
    login: Literal["none", "password", "token"] = "none"
    url: str = f"${{{URL_VARIABLE}}}"
    user: str = f"${{{USER_VARIABLE}}}"
    secret: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that a provisioned data source needs."""
        more = {"none": (), "password": (USER_VARIABLE, PASSWORD_VARIABLE), "token": (TOKEN_VARIABLE,)}
        return (URL_VARIABLE, *more[self.login])


def data_source(reader: Reader) -> Json:
    """The data source, for the API; without a secret, the one that Grafana has already stays."""
    found: Json = {
        "name": NAME,
        "uid": SOURCE_UID,
        "type": "influxdb",
        "access": "proxy",
        "url": reader.url,
        "jsonData": {"version": "InfluxQL", "dbName": reader.database, "httpMode": "POST"},
    }
    if reader.login == "password":
        found["user"] = reader.user
        if reader.secret:
            found["secureJsonData"] = {"password": reader.secret}
    elif reader.login == "token":
        found["jsonData"]["httpHeaderName1"] = "Authorization"
        if reader.secret:
            found["secureJsonData"] = {"httpHeaderValue1": f"Token {reader.secret}"}
    return found


def provisioned(reader: Reader) -> Json:
    """The data source, for a provisioning file; secrets come from Grafana's environment."""
    variable = {"password": PASSWORD_VARIABLE, "token": TOKEN_VARIABLE}.get(reader.login)
    given = Reader(reader.database, reader.login, secret=f"${{{variable}}}" if variable else "")
    return {
        "apiVersion": 1,
        "datasources": [data_source(given) | {"orgId": 1, "editable": False}],
    }
