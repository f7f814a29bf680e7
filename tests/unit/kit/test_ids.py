import subprocess
import sys

from smartcart.kit.ids import new_id

_THREE = "from smartcart.kit.ids import new_id; print(new_id(), new_id(), new_id())"


def _of_another_process() -> list[str]:
    return subprocess.check_output([sys.executable, "-c", _THREE], text=True).split()


def test_no_two_are_the_same_in_whichever_process_they_are_made() -> None:
    made = [*(new_id() for _ in range(3)), *_of_another_process(), *_of_another_process()]

    assert len(set(made)) == 9


def test_those_of_a_process_sort_as_they_were_made() -> None:
    made = [new_id() for _ in range(1_000)]

    assert made == sorted(made)
