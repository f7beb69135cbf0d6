"""The shapes of what the API says of calibrations."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from dashboards.web.shapes import Time


class CalibrationLast(BaseModel):
    """The calibration entered last."""

    seq: int = Field(description="Of its record.")
    calibration: str
    performed: Time
    found: str = Field(description="What the instrument showed less the reference.", examples=["0.05 mg/L"])
    left: str
    tolerance: str
    passed: bool
    reference: str
    certificate: str
    remark: str
    who: str
    name: str
    role: str
    looking_back: bool = Field(description="It failed, and not everything was decided again yet.")


class CalibrationDue(BaseModel):
    """An instrument that a plan has calibrated."""

    line: str
    sensor: str
    point: str
    verification: str
    every: str | None = Field(examples=["30 d"])
    tolerance: str | None = Field(examples=["0.03 mg/L"])
    unit: str = Field(description="In which an error is measured.")
    due: Time | None
    overdue: bool = Field(description="A reminder; it holds nothing.")
    last: CalibrationLast | None


class CalibrationList(BaseModel):
    """Every instrument that the plans have calibrated, what is overdue first."""

    calibrations: list[CalibrationDue]


class CalibrationResult(BaseModel):
    """A calibration, and who signs it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "who": "ann",
                    "password": "her own",
                    "sensor": "o3_contact",
                    "found": "0.05 mg/L",
                    "left": "0.00 mg/L",
                    "reference": "indigo method, photometer P-2",
                    "certificate": "K-2026-118",
                }
            ]
        }
    )
    who: str = Field("", description="Id of the person; left out where a session says it.")
    password: str = Field("", description="Theirs; it signs, and is asked for always.")
    role: str | None = Field(None, description="In which of their roles; the first that may if left out.")
    sensor: str = Field(max_length=64)
    point: str = Field("1", max_length=80)
    found: str = Field(
        description="What it showed less the reference, before anything was done to it.", max_length=60
    )
    left: str = Field(
        "", description="Likewise when it went back into use; left out: as found.", max_length=60
    )
    performed: Time | None = Field(None, description="When; left out: just now.")
    reference: str = Field(description="The instrument or method it was held against.", max_length=500)
    certificate: str = Field("", max_length=500)
    remark: str = Field("", max_length=500)


class CalibrationEntered(BaseModel):
    """A calibration was entered durably; the record process takes it into the ledger."""

    calibration: str
    line: str
