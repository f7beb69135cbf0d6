"""Ways in which people write a unit that can mean one thing only, and what it is called here; and what is no quantity.

Signs are unified first (`℃`, `m³`, `µS`, `mW·s`, full-width letters and brackets); then whole names are looked up. What
could be two things is in no table: it is refused, with what may have been meant.
"""

from __future__ import annotations

import re
import unicodedata

_PRESSURE = re.compile(
    r"(Pa|kPa|MPa|bar|mbar|psi|帕|千帕|兆帕|巴)[ _]?\(?(g|gauge|表压|a|abs|absolute|绝压|绝对压力)\)?"
)
_GAUGE = {"g", "gauge", "表压"}
_DOTS = re.compile(r" ?[·⋅∙•*×] ?")

SPELLINGS: dict[str, str] = {
    "°C": "degC",
    "摄氏度": "degC",
    "°F": "degF",
    "华氏度": "degF",
    "秒": "s",
    "分钟": "min",
    "小时": "h",
    "天": "d",
    "毫克/升": "mg/L",
    "微克/升": "ug/L",
    "克/升": "g/L",
    "mg/l": "mg/L",
    "ug/l": "ug/L",
    "g/l": "g/L",
    "毫克/千克": "mg/kg",
    "克/千克": "g/kg",
    "mg.min/l": "mg.min/L",
    "毫瓦/平方厘米": "mW/cm2",
    "毫焦/平方厘米": "mJ/cm2",
    "毫瓦.秒/平方厘米": "mW.s/cm2",
    "焦/平方米": "J/m2",
    "瓦/平方米": "W/m2",
    "帕": "Pa",
    "千帕": "kPa",
    "兆帕": "MPa",
    "巴": "bar",
    "立方米/小时": "m3/h",
    "升/分钟": "L/min",
    "升/分": "L/min",
    "升/秒": "L/s",
    "升/小时": "L/h",
    "l/min": "L/min",
    "l/s": "L/s",
    "l/h": "L/h",
    "立方米": "m3",
    "升": "L",
    "毫升": "mL",
    "l": "L",
    "ml": "mL",
    "克": "g",
    "千克": "kg",
    "公斤": "kg",
    "毫克": "mg",
    "吨/小时": "t/h",
    "千克/小时": "kg/h",
    "毫米": "mm",
    "厘米": "cm",
    "米": "m",
    "米/秒": "m/s",
    "米/分钟": "m/min",
    "毫安": "mA",
    "伏": "V",
    "赫兹": "Hz",
    "转/分钟": "rpm",
    "r/min": "rpm",
    "CFU/ml": "CFU/mL",
    "CFU/100ml": "CFU/100mL",
}


def unified(name: str) -> str:
    """The name with its signs in one form: `mW·s/cm²` is `mW.s/cm2`, `kPa（g）` is `kPa(g)`."""
    return _DOTS.sub(".", unicodedata.normalize("NFKC", name)).replace("μ", "u").strip()


def spelt(name: str) -> str:
    """What a unit written in one of these ways is called here; the name with its signs unified where there is none.

    A pressure may say that it is gauge (`bar(g)`, `kPa gauge`, `kPa 表压`) or absolute (`bara`, `kPa abs`, `kPa 绝压`).
    """
    plain = unified(name)
    pressure = _PRESSURE.fullmatch(plain)
    if pressure is not None:
        base = SPELLINGS.get(pressure[1], pressure[1])
        return base if pressure[2] in _GAUGE else f"{base}_abs"
    return SPELLINGS.get(plain, plain)


_NO_QUANTITY = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"[−–—﹣－]", "begins with a dash that is no minus sign; type - such as -18.0 degC"),
        (r".*[０-９]", "has full-width digits; type 18.0, not １８.０"),
        (
            r"[<>≤≥=≦≧]",
            "has a comparison in it; the key says it, the value is a number and its unit",
        ),
        (r"±", "has ± in it; write the number alone"),
        (
            r"[+-]?[\d.]+[^\d.]*(±|\+/-|~|～|\bto\b|至|\.\.)",
            "holds two numbers; a quantity is one: write two keys",
        ),
        (r"[+-]?[\d.]+\s*[-–—]\s*\d", "holds two numbers; a quantity is one: write two keys"),
        (
            r"[+-]?\d+\s*[,，]\s*\d",
            "has a comma in its number; write the point, 1.5, and no thousands separators",
        ),
        (r"[+-]?[\d.]+$", "has no unit; write it behind the number, such as -18.0 degC"),
        (r"[+-]?\d+(\.\d*)?[eE][+-]?\d", "has an exponent; write the number out, such as 0.001"),
    )
)


def misread(text: str) -> str | None:
    """Why a text is no quantity, where it is one of the usual mistakes: what stands in it, and what to write."""
    return next((why for pattern, why in _NO_QUANTITY if pattern.match(text.strip())), None)
