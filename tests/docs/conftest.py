"""What tests of the docs share: the pages, and a site with a record to run commands on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from shared import shared

from gateway.files import open_file
from haccpline.site import Site, load_site
from haccpline.store import Store
from readings.block import Block
from readings.inputs import Act

_pages = shared(Path(__file__).with_name("pages.py"), name="docs_pages")

_ROWS = 10  # readings in a block: five minutes of two sensors


def record(site: Site, readings: Path) -> None:
    """Put a recording into a site's journal as the record process would: adopted plan, blocks, ticks."""
    store = Store(site.data, site.file.site)
    store.make()
    store.ledger().close()
    journal = store.journal()
    store.archive(journal)
    try:
        for line, (plan, text, path) in site.plans.items():
            body = {"file": path.name, "text": text}
            adopt = Act(time=plan.effective_from, kind="plan.adopt", line=line, body=body, id=plan.hash)
            journal.append(Block(acts=(adopt,)))
            for block in open_file(readings, line=line):
                for start in range(0, len(block), _ROWS):
                    part = block.part(start, min(start + _ROWS, len(block)))
                    journal.append(
                        Block(
                            series=part.series,
                            which=part.which,
                            time=part.time,
                            value=part.value,
                            raw=part.raw,
                            quality=part.quality,
                            reason=part.reason,
                            received=part.received,
                            seq=part.seq,
                            tick=int(part.time.max()),
                        )
                    )
    finally:
        journal.close()


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the repository's, with a recorded cold store in it: what docs show is run here."""
    folder = tmp_path_factory.mktemp("plant")
    shutil.copytree(_pages.ROOT / "examples", folder / "examples")
    example = folder / "examples" / "cold_store"
    record(load_site(example / "site.yaml"), example / "readings.csv")
    return folder
