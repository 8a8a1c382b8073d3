from grader.sandbox.guest.python2 import *
