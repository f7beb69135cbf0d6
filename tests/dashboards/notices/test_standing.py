"""What stands on a line, for the sirens that hang on devices."""

from __future__ import annotations

from notice_plant import Plant, until
from notice_runner import recording

from dashboards.notices.standing import standing
from readings.ports import Standing


def stands(plant: Plant) -> set[Standing]:
    """What stands on the line, as the planner has it; and no other line is named."""
    assert plant.planner is not None
    found = plant.planner.standing
    assert {line for _, line in found} <= {"cold-3"}
    return {what for what, _ in found}


def test_a_deviation_stands_while_it_lasts_and_its_case_until_it_is_over(plant):
    """Each stands for as long as it does: the return to normal closes no case, and an acknowledgement neither."""
    assert stands(plant) == set()
    plant.wait(20, -10.0, zones=["Z1"])
    assert stands(plant) == {Standing.DEVIATION, Standing.CASE_OPEN, Standing.CASE_UNACKNOWLEDGED}
    plant.act("acknowledge")
    assert stands(plant) == {Standing.DEVIATION, Standing.CASE_OPEN}
    plant.wait(20, -18.0)
    assert stands(plant) == {Standing.CASE_OPEN}
    plant.restart(clean=True)
    plant.look()
    assert stands(plant) == {Standing.CASE_OPEN}


def test_a_monitoring_loss_stands_while_it_lasts(plant):
    """It is no deviation."""
    plant.wait(600, None)
    assert stands(plant) == {Standing.MONITORING_LOSS, Standing.CASE_OPEN, Standing.CASE_UNACKNOWLEDGED}
    plant.wait(20, -18.0)
    assert Standing.MONITORING_LOSS not in stands(plant)
    assert standing(plant.planner.watch) == plant.planner.standing


async def test_nobody_knows_before_the_ledger_was_looked_at(tmp_path):
    """Then the notifier says what stands, on the lines that were asked for."""
    plant = Plant(tmp_path)
    plant.adopt()
    plant.wait(20)
    plant.wait(20, -10.0, zones=["Z1"])
    plant.close()
    async with recording(tmp_path, {}) as notifier:
        assert notifier.stands(Standing.DEVIATION, ["cold-3"]) is None
        await until(lambda: notifier.stands(Standing.DEVIATION, ["cold-3"]) is not None)
        assert notifier.stands(Standing.DEVIATION, ["cold-3", "retort-2"]) is True
        assert notifier.stands(Standing.DEVIATION, ["retort-2"]) is False
        assert notifier.stands(Standing.MONITORING_LOSS, ["cold-3"]) is False
