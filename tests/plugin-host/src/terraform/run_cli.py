"""Runs the Terraform that is inside a shared library as if it were the command.

usage: run_cli.py LIBRARY [TERRAFORM ARGUMENT]...
"""

import ctypes
import os
import signal
import sys

# Ctrl-C is Terraform's to handle, not the interpreter's.
signal.signal(signal.SIGINT, signal.SIG_DFL)

library = ctypes.CDLL(sys.argv[1])
arguments = [argument.encode() for argument in sys.argv[2:]]
run = library.RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
run.restype = ctypes.c_int64
# The library closes the descriptors that it gets, so it gets copies.
status = run(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), os.dup(1), os.dup(2))
sys.stdout.flush()
os._exit(status)
