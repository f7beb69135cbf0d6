"""The page that lies in the tree: how to give it to Grafana."""

from __future__ import annotations

from dashboards.grafana.data_source import Reader
from dashboards.grafana.shown import Shown

_TEXT = """\
haccpline: Grafana for {site}

Made by `haccpline grafana build` from the plans of the site. Do not edit these files, and do not put back what Grafana
exports: change the plan and build again. The folder is written anew only where nobody has changed it.

1. Put the three files below `provisioning` into Grafana's folder of the same name, mostly /etc/grafana/provisioning:

   cp provisioning/datasources/haccpline.yaml /etc/grafana/provisioning/datasources/
   cp provisioning/dashboards/haccpline.yaml  /etc/grafana/provisioning/dashboards/
   cp provisioning/alerting/haccpline.yaml    /etc/grafana/provisioning/alerting/

2. Put the folder `dashboards` where the second file says:

   {mounted}

   In a container, mount both: provisioning/... and dashboards, read-only.

3. Give Grafana these variables in its environment (in /etc/default/grafana-server, or of the container):

{variables}

   Use a user or a token that may read the database "{database}" and nothing else. Naming a database in a data source
   does not keep anybody from reading others.

4. Start Grafana again. It reads new dashboards by itself, data sources and alerts only when it starts.

Alerts need a contact point: set one in Grafana. They say that nothing is heard. Whether a limit holds is judged by
haccpline alone; Grafana shows it.
"""


def readme(shown: Shown, reader: Reader, mounted: str) -> str:
    """The text, in English: it is for who runs Grafana."""
    return _TEXT.format(
        site=shown.site,
        mounted=mounted,
        variables="\n".join(f"   {name}" for name in reader.variables),
        database=reader.database,
    )
