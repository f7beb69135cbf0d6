"""Serving a site: uvicorn, over TLS where there is a certificate."""

from __future__ import annotations

import ssl
from types import FrameType

import uvicorn
from fastapi import FastAPI

from dashboards.views.site import SiteView
from dashboards.web.app import make_app
from dashboards.web.connections import PatientProtocol
from dashboards.web.errors import ServeError
from dashboards.web.exports import Exporter
from dashboards.web.settings import ServeSettings, TlsFiles
from readings.posted import Poster

_PATIENCE = 3  # seconds for requests under way when told to stop
_AT_ONCE = 500  # connections


def serve_site(
    site: SiteView,
    settings: ServeSettings,
    *,
    exporter: Exporter | None = None,
    poster: Poster | None = None,
) -> None:
    """Serve pages and the API until SIGTERM or SIGINT.

    Args:
        site: as its site file describes it.
        settings: how it is served; see `ServeSettings.guarded` for `--insecure-http`.
        exporter: makes packages; None: none can be made here.
        poster: understands what programs hand in; None: nothing can be handed in here.

    Raises:
        ServeError: it may not be served so, or the certificate cannot be used.
    """
    app = make_app(site, settings, exporter=exporter, poster=poster)
    SiteServer(server_config(app, settings), app).run()


class SiteServer(uvicorn.Server):
    """Tells the app's streams to end when it is told to stop: it would wait for them else.

    Args:
        config: of `server_config`.
        app: that it serves.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT came."""
        self._app.state.stopping = True
        super().handle_exit(sig, frame)


def server_config(app: FastAPI, settings: ServeSettings) -> uvicorn.Config:
    """How uvicorn serves an app.

    Raises:
        ServeError: certificate or key cannot be used.
    """
    if settings.tls is not None:
        _check(settings.tls)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        ssl_certfile=settings.tls.certificate if settings.tls else None,
        ssl_keyfile=settings.tls.key if settings.tls else None,
        proxy_headers=settings.trust_proxy,
        forwarded_allow_ips=["127.0.0.1", "::1"],
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_PATIENCE,
    )


def _check(tls: TlsFiles) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            tls.certificate, tls.key, password=lambda: ""
        )
    except (OSError, ValueError) as error:
        raise ServeError(
            f"serve: tls: {tls.certificate} and {tls.key} are not a certificate and its key, both PEM, the key without"
            f" a password: {error}"
        ) from error
