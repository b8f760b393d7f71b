"""The API calls that a piece of work makes itself."""

from __future__ import annotations

import threading
from contextvars import Context, copy_context

from zsf_plugin.own_calls import note_own_call, own_calls


def test_calls_are_counted_by_purpose_from_the_first_question_on() -> None:
    def work() -> None:
        note_own_call("badges")
        assert own_calls() == {}
        note_own_call("badges")
        note_own_call("upkeep")
        before = own_calls()
        note_own_call("upkeep")
        assert before == {"badges": 1, "upkeep": 1}
        assert own_calls() - before == {"upkeep": 1}

    Context().run(work)


def test_threads_that_work_in_a_copy_of_the_context_count_and_others_do_not() -> None:
    def work() -> None:
        assert own_calls() == {}
        mine = [
            threading.Thread(target=copy_context().run, args=(note_own_call, "badges"))
            for _ in range(20)
        ]
        others = [
            threading.Thread(target=Context().run, args=(note_own_call, "badges"))
            for _ in range(20)
        ]
        for thread in (*mine, *others):
            thread.start()
        for thread in (*mine, *others):
            thread.join()
        assert own_calls() == {"badges": 20}

    Context().run(work)
