"""A limit that some products have, and others of the plan do not."""

from __future__ import annotations

from rules.linting import Placed, Rule, Said, Subject


def _find(subject: Subject) -> Said:
    alike: dict[tuple[object, ...], list[Placed]] = {}
    for placed in subject.limits:
        limit = placed.limit
        alike.setdefault((placed.at, placed.rank, limit.kind, limit.of, limit.zone), []).append(placed)
    for group in alike.values():
        if not all(placed.limit.products for placed in group):
            continue
        named = {product for placed in group for product in placed.limit.products}
        without = [product.id for product in subject.plan.products if product.id not in named]
        if without:
            first = group[0]
            message = (
                f"{first.limit.id} is not of {', '.join(without)}, and nothing like it is: while that is made it is"
                " suspended; name its bound (by_product), or accept this with the reason"
            )
            yield (*first.path, "products"), message


RULE = Rule("product-without-limit", "a limit by product that some products of the plan lack", _find)
