"""What a limit of each kind demands, in sentences; a kind that is not named here is told key by key.

Each kind has groups of alternatives: of a group, the first whose `{keys}` the limit has is said. Beside its own keys a
limit has `sensor` (what it holds), `bounds`, and `during`.
"""

from __future__ import annotations

Groups = tuple[tuple[str, ...], ...]

OTHERWISE: Groups = (("{kind}: {sensor} {bounds}.", "{kind}: {sensor}."),)
KINDS_SAID: dict[str, Groups] = {
    "threshold": (("{sensor} must be {bounds}.",),),
    "band": (("{sensor} must be {bounds}.",),),
    "state_held": (
        (
            "{sensor} must be {is}; it may be otherwise for at most {off_at_most} at a time.",
            "{sensor} must be {is} at every moment.",
        ),
    ),
    "spread": (
        (
            "The points of {sensor} may lie {bounds} apart: the greatest mean over {mean_over}, less the least.",
        ),
    ),
    "agreement": (
        ("The mean of {sensor} over {mean_over} must lie within {within} of that of {with}.",),
        ("It must not lie above it by more than {not_above}.", ""),
    ),
    "contact_time": (
        ("Concentration times contact time (C × T10) must be {bounds} for every parcel of water.",),
        (
            (
                "Concentration: {sensor}. Flow: {flow}. Vessel: {volume}. Baffling factor: {baffling_factor}"
                " ({baffling_basis})."
            ),
        ),
        ("It is judged every {judged_every} and credited at its lower bound.",),
    ),
    "uv_dose": (
        (
            (
                "{sensor} must be at least {setpoint_intensity_at_least}, {flow} at most {setpoint_flow_at_most},"
                " {transmittance} at least {setpoint_transmittance_at_least}."
            ),
            "{sensor} must be at least {setpoint_intensity_at_least}, {flow} at most {setpoint_flow_at_most}.",
        ),
        ("So long a dose of {delivers} is credited, as validated; outside, none is.",),
    ),
    "dwell": (
        ("{sensor} must be {bounds} for {for} without a break, in every cycle.",),
        (
            "A dip may be made good by {made_good_by}: the whole time then begins anew.",
            "A dip ends the time that is credited.",
        ),
    ),
    "phase_duration": (("The time in {during} must be {bounds}.",),),
    "lethality": (
        (
            "The lethality at {sensor} (reference temperature {reference}, z = {z}) must be {bounds} in every cycle.",
        ),
        ("It is credited by its {credit}.",),
    ),
}
