"""A chaos run told: for people, and as figures beside the other ones."""

from collections.abc import Sequence

from bench.figures import Figure
from tests.chaos.run import Report
from tests.chaos.world import LEASE_SECONDS

_SHOWN = 50


def lines(report: Report) -> list[str]:
    """What was done, what was counted, what is wrong."""
    plan = report.plan
    done = [
        f"{report.engine}, seed {plan.seed}: {plan.orders:,} carts, {report.seconds:,.0f} s",
        *(f"  {count:9,}  {what}" for what, count in sorted(report.faults.items())),
        *(
            f"  {failed} requests to the {half} failed"
            for half, failed in report.requests_failed.items()
        ),
        *(f"  {count:9,}  {what}" for what, count in sorted(report.counts.items())),
        "recovery, seconds from the end of a process until it was there and all it held taken up:",
        *(f"  {_recovery(part, found)}" for part, found in report.recovery().items()),
        f"lost {report.lost}, doubled {report.doubled}, out of order {report.out_of_order}",
    ]
    wrong = [f"wrong: {what}" for what in report.wrong[:_SHOWN]]
    more = len(report.wrong) - len(wrong)
    kept = f"PostgreSQL's files are kept in {report.server}"
    return [
        *done,
        *wrong,
        *([f"and {more} more"] if more > 0 else []),
        *([kept] if report.wrong and report.server else []),
    ]


def figures(report: Report) -> list[Figure]:
    """Those of the run; a baseline is all there were, and of a recovery the length of a lease."""
    events = report.counts["events written"]
    effects = report.counts["accepts carried out"] + report.counts["files printed"]
    counted = [
        _count("chaos lost", report.lost, events, "events written"),
        _count("chaos doubled effects", report.doubled, effects, "accepts and prints"),
        _count("chaos out of order", report.out_of_order, events, "events written"),
    ]
    seconds = sorted(one.seconds for one in report.recoveries)
    return counted + [
        Figure(
            name=f"chaos recovery p{share}",
            value=_share(seconds, share),
            unit="s",
            baseline=LEASE_SECONDS,
            baseline_name="the lease of what was in hand",
            ratio=LEASE_SECONDS / _share(seconds, share),
        )
        for share in (50, 99)
        if seconds
    ]


def _count(name: str, found: int, total: int, baseline_name: str) -> Figure:
    ratio = (total - found) / total if total else 0
    return Figure(
        name=name, value=found, unit="", baseline=total, baseline_name=baseline_name, ratio=ratio
    )


def _recovery(part: str, seconds: Sequence[float]) -> str:
    middle, last = _share(seconds, 50), _share(seconds, 99)
    times = f"{part:11} {len(seconds):4} times"
    return f"{times}  p50 {middle:5.2f}  p99 {last:5.2f}  longest {seconds[-1]:5.2f}"


def _share(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
