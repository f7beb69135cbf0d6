"""The demo plant's folder: its plans, and a site file that reads the simulated devices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from readings.times import SECOND
from simulators.faults import RETORT, STORE, WATER
from simulators.plant import Plant, plant
from simulators.register_map import sources_yaml

SEED = 7
HURRY = 10  # a batch of the retort in ten minutes
EVERY = 2 * SECOND  # between two samples, live
EVERY_PAST = 5 * SECOND  # and in the history
PLANS = ("packaged_water.yaml", "retort.yaml", "frozen_store.yaml")

# The firm does not exist: its credit code and licence are of the right form, and of no register.
_SITE = """\
# The site of the demo plant: three lines of simulated devices. Made by `haccpline demo`.
site: DEMO
plans: [{plans}]
data: data
serve: {{host: {host}, port: {port}{insecure}}}
enterprise:
  name: {{zh: 演示食品有限公司（虚构）, en: Demo Foods (fictitious)}}
  credit_code: 91330211MA0000000F
  licence: SC10633021100002
  address: {{zh: 浙江省宁波市镇海区（虚构）, en: "Zhenhai, Ningbo (fictitious)"}}
  contact: 李强 Li Qiang
  phone: "0574-00000000"
  director: 赵敏 Zhao Min
instruments:
{instruments}
notices:
  channels:
    wecom: {{webhook: "{phone}"}}
    mail: {{webhook: "{phone}"}}
    siren: {{siren: "{mqtt}", topic: plant/siren, enabled: false}}
  people:
    filler operator: {{language: zh}}
    retort operator: {{language: zh}}
    store keeper: {{language: zh}}
    food safety officer: {{language: en}}
    process authority: {{language: en}}
    plant manager: {{language: en}}
  public_url: http://{link}:{port}
{sources}"""

# by series: label, serial number of the maker, days since the last calibration, days between two
_INSTRUMENTS = {
    "bottled-water/o3_contact": ("AE-101", "O3-2217", 19, 30),
    "bottled-water/o3_filler": ("AE-102", "O3-2218", 19, 30),
    "bottled-water/uv": ("RE-201", "UV-0907", 159, 365),
    "retort-2/tid": ("TI-301", "PT-5521", 256, 365),
    **{f"retort-2/r/{point}": (f"TE-31{point}", f"PT-553{point}", 256, 365) for point in range(1, 7)},
    "cold-3/food/CS1.1": ("TE-401", "88-1204", 201, 365),
    "cold-3/food/CS2.1": ("TE-402", "88-1205", 201, 365),
    **{f"cold-3/air/CS1.{point}": (f"TE-41{point}", f"88-121{point}", 201, 365) for point in range(1, 5)},
    **{f"cold-3/air/CS2.{point}": (f"TE-42{point}", f"88-122{point}", 201, 365) for point in range(1, 3)},
    "cold-3/air/DOCK.1": ("TE-431", "88-1231", 201, 365),
}


def demo_plant(*, every: int = EVERY) -> Plant:
    """The plant of the demo, without faults."""
    return plant(
        seed=SEED, every={WATER: every, RETORT: every, STORE: every}, hurry={RETORT: HURRY}, always_on=True
    )


def write_folder(
    folder: Path, addresses: Mapping[str, str], *, host: str, port: int, phone: str, insecure: bool = False
) -> Path:
    """Write plans and site file; the site file's path.

    Args:
        folder: empty.
        addresses: of the simulated devices, as they say them.
        host: where pages are served.
        port: of it.
        phone: where notices are posted.
        insecure: without TLS on an address that others can reach.
    """
    for name in PLANS:
        shutil.copy(Path(__file__).with_name(name), folder)
    site = folder / "site.yaml"
    site.write_text(
        _SITE.format(
            plans=", ".join(PLANS),
            host=host,
            port=port,
            phone=phone,
            mqtt=addresses["mqtt"],
            link=reached(host),
            insecure=", insecure_http: true" if insecure else "",
            instruments="\n".join(_instruments(date.today())),  # noqa: DTZ011 - days of the site, not moments
            sources=sources_yaml(demo_plant(), addresses),
        ),
        encoding="utf-8",
    )
    return site


def reached(host: str) -> str:
    """What to type into a browser of this machine to reach a served address."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _instruments(today: date) -> Iterator[str]:
    for series, (label, serial, since, between) in _INSTRUMENTS.items():
        calibrated = today - timedelta(days=since)
        yield (
            f'  {series}: {{id: {label}, serial: "{serial}", calibration: "K-{calibrated:%Y%m%d}-{serial[-2:]}",'
            f' calibrated: "{calibrated}", due: "{calibrated + timedelta(days=between)}"}}'
        )
