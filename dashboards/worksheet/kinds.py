"""What a limit of each kind demands, in sentences; a kind that is not named here is told key by key.

Each kind has groups of alternatives: of a group, the first whose `{keys}` the limit has is said. Beside its own keys a
limit has `of` (what it holds), `bounds`, and `during`.
"""

from __future__ import annotations

Groups = tuple[tuple[str, ...], ...]

OTHERWISE: Groups = (("{kind}: {of} {bounds}.", "{kind}: {of}."),)
_POINTS: Groups = (
    ("Its points are means over {mean_over}.", "Its points are the readings."),
    ("Standard deviation of the points: {sigma}.", ""),
)
GUARDS_SAID = {
    "cooling_curve": (
        "Guard band: {width} ({part} × U, U = {wide}): each clock starts {width} above its stage and stops {width} below it."
    ),
}
KINDS_SAID: dict[str, Groups] = {
    "threshold": (("{of} must be {bounds}.",),),
    "band": (("{of} must be {bounds}.",),),
    "state_held": (
        (
            "{of} must be {is}; it may be otherwise for at most {off_at_most} at a time.",
            "{of} must be {is} at every moment.",
        ),
    ),
    "spread": (
        ("The points of {of} may lie {bounds} apart: the greatest mean over {mean_over}, less the least.",),
    ),
    "agreement": (
        ("The mean of {of} over {mean_over} must lie within {within} of that of {with}.",),
        ("It must not lie above it by more than {not_above}.", ""),
    ),
    "contact_time": (
        ("Concentration times contact time (C × T10) must be {bounds} for every parcel of water.",),
        (
            (
                "Concentration: {of}. Flow: {flow}. Vessel: {volume}. Baffling factor: {baffling_factor}"
                " ({baffling_basis})."
            ),
        ),
        ("It is judged every {judged_every} and credited at its lower bound.",),
    ),
    "holding_tube": (
        ("{of} must be {bounds} where it leaves the tube, and each part of it {for} inside.",),
        (
            (
                "Flow: {flow}. Volume of the tube: {volume}. The fastest part takes {fastest_factor} of the mean time"
                " ({fastest_basis})."
            ),
        ),
        ("It is judged every {judged_every} and credited at its lower bound.",),
    ),
    "log_inactivation": (
        ("Every parcel of water must be credited an inactivation of {bounds}, by {by}.",),
        (
            (
                "Concentration: {of}. Flow: {flow}. Temperature: {temperature}. Vessel: {volume}. Baffling factor:"
                " {baffling_factor} ({baffling_basis})."
            ),
        ),
        ("It is judged every {judged_every} and credited at its lower bound.",),
    ),
    "uv_exposure": (
        ("The exposure, intensity times time, must be {bounds} for every parcel of water.",),
        ("Intensity, read {sensor}: {of}. Flow: {flow}. Vessel: {volume}.",),
        (
            "Transmittance: {transmittance}, over a path of {path}. What counts: {counts}.",
            "What counts: {counts}.",
        ),
        ("It is judged every {judged_every} and credited at its lower bound.",),
    ),
    "uv_dose": (
        (
            (
                "{of} must be at least {setpoint_intensity_at_least}, {flow} at most {setpoint_flow_at_most},"
                " {transmittance} at least {setpoint_transmittance_at_least}."
            ),
            "{of} must be at least {setpoint_intensity_at_least}, {flow} at most {setpoint_flow_at_most}.",
        ),
        ("So long a dose of {delivers} is credited, as validated; outside, none is.",),
    ),
    "dwell": (
        ("{of} must be {bounds} for {for} without a break, in every cycle.",),
        (
            "A dip may be made good by {made_good_by}: the whole time then begins anew.",
            "A dip ends the time that is credited.",
        ),
    ),
    "by_hand": (("{of} must be {bounds}.",),),
    "table_dwell": (
        ("{of} must hold a row of the published table {table} without a break, in every cycle.",),
    ),
    "mean_kinetic_temperature": (
        ("The mean kinetic temperature of {of} in any {window} must be {bounds}.",),
    ),
    "cooling_curve": (
        (
            "{of} must cool in every cycle as the published scheme {scheme} asks.",
            "{of} must cool in every cycle: {stages}.",
        ),
    ),
    "degree_minutes": (
        (
            "In any {window}, what {of} is above {above}, times how long, must be no more than {at_most}.",
            "In any {window}, what {of} is below {below}, times how long, must be no more than {at_most}.",
        ),
    ),
    "rate": (
        (
            "{of} must change by {bounds}, from a reading to the last one at least {over} before it.",
            "{of} must change by {bounds}, from one reading to the next.",
        ),
    ),
    "time_to_breach": (
        (
            "It warns when {of}, if its trend goes on, may come above {limit_at_most} within {warns_within}.",
            "It warns when {of}, if its trend goes on, may come to {limit_below} within {warns_within}.",
            "It warns when {of}, if its trend goes on, may come below {limit_at_least} within {warns_within}.",
            "It warns when {of}, if its trend goes on, may come down to {limit_above} within {warns_within}.",
        ),
        (
            (
                "A straight trend is fitted to the means of {mean_over} over the last {trend_over}; the earliest plausible"
                " time counts."
            ),
        ),
    ),
    "pasteurisation_units": (
        ("The pasteurisation units at {of} must be {bounds} in every cycle.",),
        ("A minute at T °C counts {formula}; below {floor} it counts nothing.",),
        ("What must be reached is credited by its {credit}; what must not be exceeded, by its upper bound.",),
    ),
    "ewma": (
        (
            (
                "The weighted average of {of} (EWMA, newest point {lambda}) must stay within {width} of its own standard"
                " deviations about {target}."
            ),
        ),
        *_POINTS,
    ),
    "cusum": (
        ("The sums of what {of} lies above and below {target} (CUSUM, less {k} each) must stay within {h}.",),
        *_POINTS,
    ),
    "nelson": (
        (
            "{of} about {target} must show no pattern of Nelson's rules {rules}.",
            "{of} about {target} must show no pattern of Nelson's rules.",
        ),
        *_POINTS,
    ),
    "western_electric": (
        (
            "{of} about {target} must show no pattern of Western Electric's rules {rules}.",
            "{of} about {target} must show no pattern of Western Electric's rules.",
        ),
        *_POINTS,
    ),
    "phase_duration": (("The time in {during} must be {bounds}.",),),
    "lethality": (
        (
            "The lethality at {of} (reference temperature {reference}, z = {z}) must be {bounds} in every cycle.",
        ),
        ("It is credited by its {credit}.",),
    ),
}
