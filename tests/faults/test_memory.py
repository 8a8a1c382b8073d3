"""A worker holds no more after many submissions than after a few."""

from __future__ import annotations

from tests.faults.memory import grade_again_and_again

SUBMISSIONS = 45  # in `make test`; five times as many in `make faults`
STEP = 15
# An allocator takes memory in pieces; a frame or a source that stayed would add 10 kB each time.
MOST_KB_EACH = 5


def test_memory_and_files_stay_the_same_over_many_submissions(times):
    seen = list(grade_again_and_again(SUBMISSIONS * min(times, 5), STEP))
    first, last = seen[0], seen[-1]
    graded = last.submissions - first.submissions
    print(f"{graded} submissions: worker {first.worker_kb} -> {last.worker_kb} kB")
    assert last.worker_kb - first.worker_kb < MOST_KB_EACH * graded
    assert last.server_kb - first.server_kb < MOST_KB_EACH * graded
    assert last.files == first.files
