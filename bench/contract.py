"""Reading and writing one webhook event, against the standard library doing less.

The document is our example of a new order with two lines, as it crosses the wire (no blanks). Ours
decodes into checked types with exact money; the baseline only makes dicts and lists of it, and its
money is exact too. Ours and the baseline take turns; the figures are the best of several rounds,
the least disturbed by whatever else runs. `python -m bench.contract`
"""

import json
import time
from collections.abc import Callable
from decimal import Decimal

from smartcart.contract import encode, parse_event
from smartcart.contract.examples import example

Figure = dict[str, str | float]


def run(*, calls: int = 2_000, rounds: int = 15) -> list[Figure]:
    """The figures, each beside its baseline: {name, value, unit, baseline, baseline_name, ratio}.

    A ratio is how many times longer the baseline takes.
    """
    event = parse_event(example("event_new_order"))
    document = encode(event)
    loaded = json.loads(document)
    return [
        _figure(
            "contract decode, an event",
            "stdlib json.loads, exact money, nothing checked",
            *_compare(
                lambda: parse_event(document),
                lambda: json.loads(document, parse_float=Decimal),
                calls,
                rounds,
            ),
        ),
        _figure(
            "contract encode, an event",
            "stdlib json.dumps to UTF-8, of floats",
            *_compare(
                lambda: encode(event),
                lambda: json.dumps(loaded, ensure_ascii=False).encode(),
                calls,
                rounds,
            ),
        ),
    ]


def _compare(
    ours: Callable[[], object], baseline: Callable[[], object], calls: int, rounds: int
) -> tuple[float, float]:
    """The best microseconds a call of each, which take turns."""
    turns = [(_micros(ours, calls), _micros(baseline, calls)) for _ in range(rounds)]
    return min(turn[0] for turn in turns), min(turn[1] for turn in turns)


def _micros(call: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls * 1e6


def _figure(name: str, baseline_name: str, value: float, baseline: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "µs",
        "baseline": round(baseline, 1),
        "baseline_name": baseline_name,
        "ratio": round(baseline / value, 2),
    }


def main() -> None:
    for figure in run():
        print(json.dumps(figure, ensure_ascii=False))


if __name__ == "__main__":
    main()
