"""Runs the server of the Web Platform Tests, on loopback and on the ports the runner expects, until standard input ends.

`wpt serve` would do, but wants the whole tree, its names in /etc/hosts, and a virtual environment.
"""

import os
import signal
import sys
import threading


def end_with_input():
    # without the lock of `sys.stdin`: what is forked meanwhile would wait for it for ever
    while os.read(0, 4096):
        pass
    # the server has a process for each port, and some do not listen when they are asked to end
    os.killpg(0, signal.SIGKILL)


def main(root):
    sys.path.insert(0, os.path.join(root, "tools"))
    import localpaths  # noqa: F401
    from serve import serve

    os.setpgid(0, 0)
    threading.Thread(target=end_with_input, daemon=True).start()
    config = os.path.join(os.path.dirname(os.path.abspath(__file__)), "serve.json")
    arguments = serve.get_parser().parse_args(["--config", config])
    serve.run(**vars(arguments))


if __name__ == "__main__":
    main(sys.argv[1])
