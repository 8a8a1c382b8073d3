from grader.sandbox.guest.base_harness import *
