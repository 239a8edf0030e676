"""Nothing about a run leaves the machine: Great Expectations asks for no address and opens no connection."""

import subprocess
import sys

CODE = """
import socket
from datetime import UTC, datetime
asked = []
def refuse(*given, **_):
    asked.append(given)
    raise OSError("the test has no network")
socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = socket.create_connection = refuse
from matching.quality import gate_counts
gated = gate_counts("xx", 10, previous_persons=None, now=datetime(2026, 1, 1, tzinfo=UTC), count_drop=0.3)
import time; time.sleep(1)  # a sender would work in a thread of its own
assert not gated.failures
print(asked)
"""


def test_a_gate_opens_no_connection() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
