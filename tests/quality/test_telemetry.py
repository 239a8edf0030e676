"""Nothing about a run leaves the machine: Great Expectations asks for no address and opens no connection."""

import subprocess
import sys

CODE = """
import socket
asked = []
def refuse(*given, **_):
    asked.append(given)
    raise OSError("the test has no network")
socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = socket.create_connection = refuse
import polars as pl
from matching.quality.suite import Rule
from matching.quality.validation import validate  # what the process that checks is asked for
rule = Rule(rule="some", type="expect_column_min_to_be_between", kwargs={"column": "n", "min_value": 1},
            severity="critical", reason="some")
found = validate("names", [rule], pl.DataFrame({"n": [1.0]}))
import time; time.sleep(1)  # a sender would work in a thread of its own
assert found["some"].success
print(asked)
"""


def test_a_gate_opens_no_connection() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
