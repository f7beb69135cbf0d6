"""What is never forgotten: records, proofs, packages, people and the clerk.

A record is canonical JSON (`canonical`), a leaf of a Merkle tree (`merkle`) kept in an append-only store
(`store`), whose root is signed (`checkpoint`). Readings are not records: a sealed segment of them is, by
the root of its chunks (`segments`). A package (`package`) carries a part of both out of the house, and
`prove` shows with nothing but Python that it holds. `people` says who may sign.
"""
