"""What a package says of itself to the person who opens it, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

_EN = """\
EVIDENCE PACKAGE

Site      {site}
Lines     {lines}
Period    {start}  to  {end} (not included)
Ledger    {origin}, {size} records when this package was made
Key       {fingerprint}

What this is
  Decisions about critical control points, the readings they were made on, the HACCP plans they were made by, and the
  signatures of the people who answered. Taken from an append-only ledger whose root the site has signed.

How to check it
  Python 3.9 or later, nothing else; no network:
    python prove.py PACKAGE.zip --key site.pub
  Take site.pub from somewhere else than this package: a handover document, an earlier package, the site's notice
  board. Without it, compare the key's fingerprint above with the one you were given. Take prove.py from a source you
  trust as well; it is a text of some 800 lines and can be read.

What it proves
  - The records stand in the signed ledger, in this order; in the run of the period none is missing, moved or altered.
  - The readings are those that were sealed, byte for byte; each decision was made on exactly these readings
    (where its readings are enclosed) and by exactly this plan.
  - Each signature stands under exactly what the record says; whoever verified a case did not act in it.

What it does not prove
  - That a sensor told the truth, or that something happened which was never entered.
  - That a person is who the site says: a signature means that their password was given.
  - What records say that are not disclosed: they stand here by their hash alone.
  - That the site did not rewrite everything before anyone outside held a checkpoint. Keep checkpoint.txt: with it, a
    later package shows whether the ledger went on from here.

How the files fit together
  records.jsonl   one record a line, the very bytes that were hashed: leaf = SHA-256(0x00 || line without newline)
  leaves.txt      the leaf of every record of the run, disclosed or not
  range.json      first, end, size: the run as leaf indexes from 0; left, right: roots of the complete subtrees beside
                  it; outside: audit paths (RFC 6962, 2.1.1) of the records from elsewhere
  checkpoint.txt  origin, size, root; a signed note (c2sp.org/tlog-checkpoint), Ed25519
  segments/       LINE/NUMBER/SENSOR/POINT.csv: readings in journal order. Leaf = SHA-256(0x00 || heading || file),
                  heading = "SITE/LINE/SENSOR/POINT/NUMBER" and a newline. The root over a segment's leaves (RFC 6962)
                  stands in its record segment.sealed
  chunks.json     the leaves of each segment in order, those of chunks that are not disclosed included
  evidence        in a record: SHA-256 over "LINE/SENSOR/POINT," and the CSV row and a newline, for the rows of these
                  series with from <= time <= to and position not above the decision's, sorted by series, time,
                  position, place in the file
  plans/          HASH.json: what is hashed (SHA-256); HASH.yaml: the plan as written
  signature       in a record: sha256 of the record's body without the signature, in canonical JSON (sorted keys, no
                  spaces, UTF-8)
  manifest.json   SHA-256 of every other file; manifest.sig: a note signed over the SHA-256 of manifest.json
"""

_ZH = """\
证据包

场所      {site}
产品线    {lines}
期间      {start} 至 {end}(不含)
台账      {origin},制作本包时共 {size} 条记录
公钥      {fingerprint}

这是什么
  关键控制点的判定、判定所依据的读数、所执行的 HACCP 计划,以及处置人员的签名。取自只增不改的台账,台账的根由本场所签名。

如何核验
  只需 Python 3.9 或更高版本,不需要网络:
    python prove.py 证据包.zip --key site.pub
  site.pub 应取自本包以外:交接文件、以前的证据包、场所公示栏。没有时,请将上面的公钥指纹与您所持有的比对。
  prove.py 也应取自可信来源;它是约 800 行的文本,可以逐行阅读。

能证明什么
  - 记录在已签名的台账之中,顺序如此;期间内的连续记录没有缺失、移动或改动。
  - 读数就是当时封存的读数,逐字节相同;每个判定正是依据这些读数(读数在包内时)和这份计划作出的。
  - 每个签名签的正是该记录的内容;验证处置单的人没有参与该处置。

不能证明什么
  - 传感器说的是实情,或者没有录入的事情是否发生。
  - 签名的人就是场所所说的人:签名只表示输入了其密码。
  - 未披露记录的内容:它们在此只有散列值。
  - 在场所以外有人持有检查点之前,场所没有全部重写。请保存 checkpoint.txt:以后的证据包可据此表明台账是否由此延续。

文件之间的关系
  records.jsonl   每行一条记录,即计算散列的原始字节:叶 = SHA-256(0x00 || 不含换行的行)
  leaves.txt      连续记录中每一条的叶,无论是否披露
  range.json      first、end、size:连续记录的叶序号(从 0 起);left、right:两侧完整子树的根;
                  outside:来自台账其他位置的记录的审计路径(RFC 6962,2.1.1)
  checkpoint.txt  来源、记录数、根;已签名的便笺(c2sp.org/tlog-checkpoint),Ed25519
  segments/       产品线/段号/传感器/测点.csv:按日志顺序的读数。叶 = SHA-256(0x00 || 标题 || 文件),
                  标题 = "场所/产品线/传感器/测点/段号" 加换行。一段各叶之上的根(RFC 6962)写在 segment.sealed 记录中
  chunks.json     每段的叶,依次排列,包括未披露的部分
  evidence        记录中:对这些序列中 from <= time <= to 且 position 不大于判定所知位置的各行,按序列、时间、位置、
                  文件中的次序排列,取 "产品线/传感器/测点," 加 CSV 行加换行的 SHA-256
  plans/          散列.json:计算散列(SHA-256)的内容;散列.yaml:计划原文
  signature       记录中:sha256 为记录内容除去签名后的规范 JSON(键排序、无空格、UTF-8)的散列
  manifest.json   其他每个文件的 SHA-256;manifest.sig:对 manifest.json 的 SHA-256 签名的便笺
"""


def readme(  # noqa: PLR0913 - what stands at the top of the page
    language: str,
    *,
    site: str,
    origin: str,
    lines: Sequence[str],
    start: str,
    end: str,
    size: int,
    fingerprint: str,
) -> bytes:
    """The README of a package, `zh` or `en`."""
    text = {"en": _EN, "zh": _ZH}[language]
    return text.format(
        site=site,
        origin=origin,
        lines=", ".join(lines),
        start=start,
        end=end,
        size=size,
        fingerprint=fingerprint,
    ).encode()
