#!/usr/bin/env python3
"""run.py local|kafka test_PART [NAME...]: runs one file of tests against the log of that kind."""
import sys
import unittest

import harness

if __name__ == "__main__":
    harness.LOG = sys.argv[1]
    unittest.main(module=sys.argv[2], argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
