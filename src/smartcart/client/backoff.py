"""When to try again."""


def backoff(attempt: int, jitter: float, base: float = 1.0, cap: float = 60.0) -> float:
    """Seconds to wait after the `attempt`th failure (1 is the first).

    The wait doubles from `base` up to `cap`; `jitter`, from 0 to 1, takes up to half of it away,
    so that many callers who failed together do not come back together.
    """
    doubled = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, 100))
    return doubled * (1 - jitter / 2)
