"""Runs the Streamlit example in Streamlit's own test harness, as a script of steps from standard input.

Each line is a JSON array [step, ...arguments]; the answer is one line of JSON: what the page shows afterwards.
"""

import json
import sys

from streamlit.runtime.caching import cache_utils
from streamlit.testing.v1 import AppTest

elapsed = 0.0
monotonic = cache_utils.TTLCACHE_TIMER
cache_utils.TTLCACHE_TIMER = lambda: monotonic() + elapsed

app = AppTest.from_file(sys.argv[1], default_timeout=60)


def wait(seconds: float) -> None:
    """Lets time pass for Streamlit's cache, and for nothing else."""
    global elapsed
    elapsed += seconds
    app.run()


def add(name: str) -> None:
    app.text_input[0].input(name)
    app.button[0].click().run()


def toggle(name: str) -> None:
    [found] = [flag for flag in app.toggle if flag.label == name]
    found.set_value(not found.value).run()


steps = {"run": app.run, "wait": wait, "add": add, "toggle": toggle}
for line in sys.stdin:
    step, *arguments = json.loads(line)
    steps[step](*arguments)
    shown = {
        "flags": {flag.label: flag.value for flag in app.toggle},
        "errors": [error.value for error in app.error],
        "exceptions": [exception.message for exception in app.exception],
    }
    print(json.dumps(shown), flush=True)
